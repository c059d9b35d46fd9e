//go:build tiny

package configs

import _ "embed"

//go:embed default-tiny.toml
var defaultText []byte

// Builtin lists the kinds of services that come with this build.
func Builtin() []string { return []string{KindFiles} }
