package share

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

// The file has the leaf and then its authority, as TLS wants them (RFC 8446 4.4.2).
func TestTheFingerprintIsThatOfTheAuthority(t *testing.T) {
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("leaf")})
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("authority")})
	want := strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256([]byte("authority"))))
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"both": {slices.Concat(leaf, authority), want}, "one": {authority, want}, "none": {[]byte("text"), ""},
		"empty": {nil, ""},
	} {
		file := filepath.Join(t.TempDir(), "cert.pem")
		if err := os.WriteFile(file, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		got := authorityOf(file)
		if strings.ReplaceAll(got, ":", "") != c.want || c.want != "" && strings.Count(got, ":") != 31 {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := authorityOf(filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("no file: %q", got)
	}
}

func TestAShareIsNamedAfterItsFolderInASCII(t *testing.T) {
	for path, want := range map[string]string{
		"/home/ada/Ferien in Österreich": "Ferien-in-Osterreich", "/Φωτογραφίες": "Fotografies", "/写真": "share",
		"/a.b_c": "a-b_c",
	} {
		if got := Name(api.ShareRequest{Path: path}); got != want {
			t.Errorf("%s is called %q, want %q", path, got, want)
		}
	}
}
