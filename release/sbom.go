package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// bom is a bill of materials as CycloneDX 1.5 has it, as far as it is used.
type bom struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	SerialNumber string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// describe lists what the binaries consist of, as their linker has noted it:
// each file is a component that depends on its modules and on Go's own library.
func describe(dir string, files []string, o origin) (bom, error) {
	modules := map[string]component{}
	b := bom{Format: "CycloneDX", SpecVersion: "1.5", Version: 1}
	digest := sha256.New()
	for _, name := range files {
		info, err := buildinfo.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return bom{}, fmt.Errorf("cannot read what %s consists of: %w", name, err)
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return bom{}, err
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(content))
		digest.Write([]byte(sum))
		needs := []string{}
		for _, m := range append(info.Deps, &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}) {
			c := library(m)
			modules[c.Ref] = c
			needs = append(needs, c.Ref)
		}
		slices.Sort(needs)
		b.Components = append(b.Components, component{Type: "file", Ref: name, Name: name, Version: o.version,
			Hashes: []hash{{"SHA-256", sum}}})
		b.Dependencies = append(b.Dependencies, dependency{Ref: name, DependsOn: needs})
	}
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		b.Components = append(b.Components, modules[ref])
		b.Dependencies = append(b.Dependencies, dependency{Ref: ref})
	}
	b.Metadata = metadata{o.time.UTC().Format(time.RFC3339), component{
		Type: "application", Ref: "ammarctl", Name: "ammarctl", Version: o.version,
		PURL: "pkg:golang/github.com/ammarctl/ammarctl@" + o.version,
	}}
	b.Dependencies = append(b.Dependencies, dependency{Ref: "ammarctl", DependsOn: files})
	b.SerialNumber = serial(digest.Sum(nil))
	return b, nil
}

// library is a module; its sum is that of go.sum, which is over a list of
// files and so no hash in the sense of CycloneDX.
func library(m *debug.Module) component {
	for m.Replace != nil {
		m = m.Replace
	}
	purl := "pkg:golang/" + m.Path + "@" + m.Version
	c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
	if m.Sum != "" {
		c.Properties = []property{{"ammarctl:go.sum", m.Sum}}
	}
	return c
}

// serial is a UUID (RFC 9562, version 8) that says the same for the same files.
func serial(digest []byte) string {
	id := [16]byte(digest[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func writeBOM(dir string, files []string, o origin) error {
	b, err := describe(dir, files, o)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, bomName), append(text, '\n'), 0o644)
}

const bomName = "ammarctl.cdx.json"
