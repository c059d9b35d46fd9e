package files

// portable refuses the names that Windows takes for something else.
func portable(name string) bool { return windowsName(name) }

// openFlags opens files for reading.
const openFlags = 0
