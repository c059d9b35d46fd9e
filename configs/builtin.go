//go:build !tiny

package configs

import _ "embed"

//go:embed default.toml
var defaultText []byte

// Builtin lists the kinds of services that come with this build.
func Builtin() []string { return []string{KindFiles, KindCamera, KindStatus} }
