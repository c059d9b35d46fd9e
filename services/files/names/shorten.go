package names

// Shorten cuts a text to at most 60 bytes, for messages.
func Shorten(text string) string {
	if len(text) > 60 {
		return text[:57] + "…"
	}
	return text
}
