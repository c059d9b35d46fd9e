package files

// openFlags: there are no FIFOs to wait for.
const openFlags = 0
