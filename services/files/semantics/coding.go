package semantics

import (
	"strconv"
	"strings"
)

// Accepts reads Accept-Encoding (RFC 9110 section 12.5.3). A coding that is not
// named is not accepted, unless "*" is.
func Accepts(headers []string) func(coding string) bool {
	accepted := map[string]bool{}
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			coding, params, _ := strings.Cut(item, ";")
			wanted := true
			if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
				weight, err := strconv.ParseFloat(q, 64)
				wanted = err == nil && weight > 0
			}
			accepted[strings.ToLower(strings.TrimSpace(coding))] = wanted
		}
	}
	return func(coding string) bool {
		wanted, named := accepted[coding]
		return wanted || !named && accepted["*"]
	}
}

// TagOfEncoding derives the entity tag of an encoded form from the file's tag.
func TagOfEncoding(tag, coding string) string {
	return strings.TrimSuffix(tag, `"`) + "-" + coding + `"`
}
