package configs

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ammarctl/ammarctl/internal/kind"
)

// pageWidth is the width of the comments in a configuration.
const pageWidth = 100

// Found is what a machine offers, for a configuration made for it.
type Found struct {
	Ports   map[string]int // of a built-in service, by kind; without one, the embedded default
	Root    string         // the folder to share; empty: that of the configuration
	Cameras []string       // a line about each, such as "/dev/video0: MJPG 640x480"
}

// Commented is a configuration file for a person to edit: the embedded
// default with what was found, and every other key with its default or an
// example, commented out. Prose begins with "# ", a key to uncomment with "#"
// alone.
func Commented(found Found) string {
	var p page
	p.prose("The services of this machine, each its own process on its own port. A line that begins with # and a key " +
		"shows what applies without it: " +
		"take the # away to change it. Then: ammarctl check")
	for i, name := range Builtin() {
		p.printf("\n[service.%s]\n", name)
		for _, k := range Keys() {
			switch {
			case k.Name == "port":
				own, _, _ := strings.Cut(k.Doc, ". ") // the rest is about exec services
				p.prose(own + ".")
				p.printf("port = %d\n", cmp.Or(found.Ports[name], 8080+i))
				for _, camera := range found.Cameras {
					if kind.Of(name).OwnsDevice {
						p.prose("Found: " + camera)
					}
				}
			case k.Name == "root" && k.Has(name) && found.Root != "":
				p.printf("\n")
				p.prose(k.Doc)
				p.printf("root = %q\n", found.Root)
			case k.Kinds != nil && k.Has(name):
				p.printf("\n")
				p.prose(k.Doc)
				p.printf("#%s = %s\n", k.Name, k.sample())
			}
		}
	}
	p.printf("\n")
	p.prose("Any executable can be a service. It is given the socket to listen on, or opens its own. " +
		"The keys from bind on are those of the services above too.")
	p.printf("#[service.hello]\n")
	table, first := "", true
	for _, k := range Keys() {
		if !k.Has(kind.Exec) || k.Name == "kind" {
			continue
		}
		key := k.Name
		if !first {
			p.printf("\n")
		}
		first = false
		if in, inner, nested := strings.Cut(k.Name, "."); nested {
			if in != table {
				p.printf("#[service.hello.%s]\n", in)
			}
			table, key = in, inner
		}
		value := k.sample()
		if k.Name == "port" {
			value = "9000"
		}
		p.prose(k.Doc)
		if k.Instead != "" { // both at once would be wrong
			p.printf("# %s = %s\n", key, value)
			continue
		}
		p.printf("#%s = %s\n", key, value)
	}
	p.printf("\n")
	p.prose("Other machines, reached over ssh, and what they are called here. The dashboard shows them beside this one; " +
		"for a command there is -H pi, or -H all.")
	p.printf("#[hosts]\n#pi = \"ssh://pi@robot\"\n")
	return p.String()
}

// page is a configuration that is being written.
type page struct{ strings.Builder }

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// prose writes a comment, wrapped.
func (p *page) prose(text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if line != "#" && len(line)+1+len(word) > pageWidth {
			p.printf("%s\n", line)
			line = "#"
		}
		line += " " + word
	}
	p.printf("%s\n", line)
}
