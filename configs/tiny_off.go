//go:build !tiny

package configs

import _ "embed"

//go:embed default.toml
var defaultText []byte

// tiny tells whether this is the small build with few built-in services.
const tiny = false
