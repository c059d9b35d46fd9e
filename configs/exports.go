package configs

// Exports says what each engine has for a key, or why it has nothing.
type Exports struct {
	Compose, Kubernetes, Nomad, Systemd Export
}

// Export is what one engine has for a key. Exactly one of the two is set.
type Export struct {
	To   string // the engine's own field that the key is written to
	Lost string // why it cannot be expressed, and what happens in its place
}

func to(field string) Export { return Export{To: field} }

func lost(why string) Export { return Export{Lost: why} }

// everywhere is the same for each engine.
func everywhere(e Export) Exports { return Exports{e, e, e, e} }

// onlySystemd is for a key that engines of containers have nothing for.
func onlySystemd(why string, systemd Export) Exports {
	return Exports{lost(why), lost(why), lost(why), systemd}
}

// For is what the engine of this name has for the key: "compose", "kubernetes",
// "nomad" or "systemd". It is the zero Export for any other name.
func (e Exports) For(engine string) Export {
	return map[string]Export{
		"compose": e.Compose, "kubernetes": e.Kubernetes, "nomad": e.Nomad, "systemd": e.Systemd,
	}[engine]
}

// FolderOf is the file or folder on this machine that the key names in s; empty
// when it names none.
func (p Place) FolderOf(k Key, s Service) string {
	if p.Folder != nil {
		return p.Folder(s)
	}
	return k.Value.words(&s)[0]
}

// MoveTo points the key of s to its place in the container.
func (p Place) MoveTo(k Key, s *Service) {
	if p.Move != nil {
		p.Move(s)
		return
	}
	_ = k.Value.set(s, p.At) // a path is text that every such key accepts
}
