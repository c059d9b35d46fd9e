package messages

import "fmt"

// Why an address has no QR code.
const (
	AddressHere   = "only this machine can reach it"
	AddressSilent = "nothing answers there: the service does not run"
)

// The facts in Info.
const (
	InfoState       = "state"
	InfoKind        = "kind"
	InfoProcess     = "process"
	InfoStatus      = "status"
	InfoShares      = "shares"
	InfoAddress     = "address"
	InfoListens     = "listens on"
	InfoExpires     = "ends"
	InfoFingerprint = "fingerprint"
	InfoAuthority   = "SHA-256"
	InfoPool        = "pool"
	InfoRequests    = "requests"
	InfoConnections = "connections"
	InfoHint        = "hint"
	InfoLastExit    = "last exit"
	InfoRestarts    = "restarts"
	InfoConfig      = "configuration"
	InfoLogs        = "log files"
	InfoCommand     = "command"
	InfoTakeover    = "takeover"
)

// NoTakeover says that the ports of a service are not held, and why.
func NoTakeover(why string) string { return "its ports are not held while it restarts: " + why }

// Pid names a process and how long it runs.
func Pid(pid int, span string) string { return fmt.Sprintf("pid %d, for %s", pid, span) }

// In is a time in the future, Ago a time in the past.
func In(span string) string        { return "in " + span }
func Ago(span, what string) string { return what + ", " + span + " ago" }

// PoolIs describes a pool.
func PoolIs(size, busy, queued, limit int, rejected float64) string {
	return Plural(size, "worker", "workers") +
		fmt.Sprintf(", %d busy, %d of %d queued, %.0f rejected", busy, queued, limit, rejected)
}

// RequestsAre counts requests.
func RequestsAre(total float64, rate string) string {
	return fmt.Sprintf("%.0f since the start, %s/s now", total, rate)
}

// AnswersAre counts the answers of an access log by their status.
func AnswersAre(success, redirection, client, server uint64) string {
	return fmt.Sprintf("2xx %d, 3xx %d, 4xx %d, 5xx %d", success, redirection, client, server)
}

// From names the source of a number.
func From(source string) string { return " (" + source + ")" }

// ConnectionsAre counts connections. rtt is in milliseconds; 0 is not known.
func ConnectionsAre(open int, total uint64, in, out string, rtt float64) string {
	text := fmt.Sprintf("%d open, %d in total, %s in, %s out", open, total, in, out)
	if rtt > 0 {
		text += fmt.Sprintf(", round trip %.1f ms", rtt)
	}
	return text
}

// MoreLines counts the lines below. focused tells that the keys scroll them.
func MoreLines(n int, focused bool) string {
	if focused {
		return fmt.Sprintf("↓ %d more lines", n)
	}
	return fmt.Sprintf("↓ %d more lines; enter shows them", n)
}

// Unseen counts the services that the table has no room for.
func Unseen(above, below int) string {
	switch {
	case above == 0:
		return fmt.Sprintf("↓ %d more", below)
	case below == 0:
		return fmt.Sprintf("↑ %d more", above)
	}
	return fmt.Sprintf("↑ %d  ↓ %d more", above, below)
}

// The facts in Clients.
const (
	ClientsUnknown     = "this service reports nothing about its clients"
	ClientsNobody      = "this service does not run, so it has no clients"
	ClientsCamera      = "watching the camera"
	ClientsConnections = "connections"
	ClientsStreams     = "streams"
	ClientsBusy        = "requests in progress"
	ClientsQueued      = "waiting for a worker"
	ClientsRejected    = "rejected"
	ClientsOut         = "sent"
)

// VisitorHead names the columns of the clients.
func VisitorHead() [6]string {
	return [6]string{"CLIENT", "REQUESTS", "OPEN", "SENT", "SEEN", "ASKED FOR LAST"}
}

// Before is a time in the past.
func Before(span string) string { return span + " ago" }

// MoreClients counts the clients that there is no room for.
func MoreClients(n int) string { return fmt.Sprintf("and %d more", n) }

// The camera's tab.
const (
	NoCamera      = "no camera is running; one that runs is shown here"
	CameraOpening = "asking for a picture…"
)

// Frame describes a camera frame.
func Frame(w, h int, fps float64, clients int) string {
	return fmt.Sprintf("%d×%d  %.1f frames/s  %s", w, h, fps, Watching(clients))
}

// NoFrame is why there is no frame.
func NoFrame(why string) string { return "no picture: " + why }

// KickQuestion asks before a transfer is ended.
func KickQuestion(path, client string, upload bool) string {
	if upload {
		return fmt.Sprintf("Stop receiving %s from %s? The received part is discarded.", path, client)
	}
	return fmt.Sprintf("Stop sending %s to %s? The client can start it again.", path, client)
}

// Kicked says that a transfer was ended.
func Kicked(path string) string { return path + ": the transfer was ended" }

// Left is how long something will still take.
func Left(span string) string { return "· " + span + " left" }
