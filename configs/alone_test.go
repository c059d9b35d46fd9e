package configs

import "testing"

func TestADatabaseDoesNotRunTwiceUnlessItIsSaid(t *testing.T) {
	for text, want := range map[string]bool{
		`exec = ["redis-server"]`:                         false,
		`exec = ["/usr/lib/postgresql/15/bin/postgres"]`:  false,
		`exec = "mariadbd --port 3306"`:                   false,
		"exec = [\"redis-server\"]\noverlap = true":       true,
		`exec = ["redis-cli"]`:                            true,
		`exec = ["python3", "-m", "http.server", "8000"]`: true,
	} {
		c, err := Decode([]byte("[service.db]\n"+text+"\n"), "/etc/ammar.toml", "/home/me")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := c.Services[0].Overlap; got != want {
			t.Errorf("%s: overlap is %v, want %v", text, got, want)
		}
	}
}
