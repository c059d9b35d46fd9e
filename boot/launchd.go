package boot

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LaunchdLabel is the name of the instance's agent.
func LaunchdLabel(instance string) string { return "org.ammarctl." + instance }

// Launchd writes an agent for macOS, see launchd.plist(5): a file for
// ~/Library/LaunchAgents that starts the instance at login. launchd restarts a
// supervisor that died. It keeps no descriptors, so the next supervisor continues as
// after the loss of a keeper. log is the absolute path of a file for the supervisor's
// output.
func Launchd(u Unit, log string) (string, error) {
	if err := u.valid(); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` +
		"\n<plist version=\"1.0\">\n<dict>\n")
	key := func(name, value string) { fmt.Fprintf(&b, "\t<key>%s</key>\n%s", name, value) }
	text := func(indent, value string) string {
		var escaped strings.Builder
		_ = xml.EscapeText(&escaped, []byte(value)) // a Builder takes everything
		return indent + "<string>" + escaped.String() + "</string>\n"
	}
	key("Label", text("\t", LaunchdLabel(u.Instance)))
	var args strings.Builder
	for _, arg := range u.up() {
		args.WriteString(text("\t\t", arg))
	}
	key("ProgramArguments", "\t<array>\n"+args.String()+"\t</array>\n")
	key("WorkingDirectory", text("\t", u.Dir))
	if len(u.Env) > 0 {
		var env strings.Builder
		for _, name := range slices.Sorted(maps.Keys(u.Env)) {
			fmt.Fprintf(&env, "\t\t<key>%s</key>\n%s", name, text("\t\t", u.Env[name]))
		}
		key("EnvironmentVariables", "\t<dict>\n"+env.String()+"\t</dict>\n")
	}
	key("RunAtLoad", "\t<true/>\n")
	b.WriteString("\t<!-- Again when it died, not when it was told to end. -->\n")
	key("KeepAlive", "\t<dict>\n\t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>\n")
	b.WriteString("\t<!-- Its services live on meanwhile. -->\n")
	key("AbandonProcessGroup", "\t<true/>\n")
	b.WriteString("\t<!-- Stopping waits for the services, in their order. -->\n")
	key("ExitTimeOut", "\t<integer>300</integer>\n")
	key("StandardErrorPath", text("\t", log))
	key("StandardOutPath", text("\t", log))
	b.WriteString("</dict>\n</plist>\n")
	return b.String(), nil
}
