package editing

import (
	"fmt"
	"testing"

	"github.com/ammarctl/ammarctl/supervisor/api"
)

func TestScalingChangesOneLineAndNothingElse(t *testing.T) {
	const other = "# mine\n[service.camera]\nport = 1\n"
	for _, c := range []struct{ before, want string }{
		{"[service.files]\nport = 8080\n" + other, "[service.files]\nreplicas = 3\nport = 8080\n" + other},
		{other + "[service.files] # here\n  replicas=12 # many\nport = 2\n",
			other + "[service.files] # here\n  replicas = 3 # many\nport = 2\n"},
		{other + "[service.\"files\"]", other + "[service.\"files\"]\nreplicas = 3\n"},
		{"[service.files.limits]\nnice = 1\n[service.files]\nport = 1\n",
			"[service.files.limits]\nnice = 1\n[service.files]\nreplicas = 3\nport = 1\n"},
	} {
		got, err := withReplicas(c.before, "files", 3)
		if err != nil || got != c.want {
			t.Errorf("%q became %q (%v), want %q", c.before, got, err, c.want)
		}
	}
	if _, err := withReplicas(other, "files", 3); err == nil {
		t.Error("a service without a table is no error")
	}
}

func TestReplicasAreScaledByTheirCommonName(t *testing.T) {
	var services []api.Service
	for i := range 3 {
		services = append(services, api.Service{Name: fmt.Sprintf("web-%d", i+1), Addr: "127.0.0.1:9100"})
	}
	services = append(services, api.Service{Name: "robot-2", Addr: "127.0.0.1:9200"})
	if name, n := Replicas(services, services[1]); name != "web" || n != 3 {
		t.Errorf("web-2 is %d of %s", n, name)
	}
	if name, n := Replicas(services, services[3]); name != "robot-2" || n != 1 {
		t.Errorf("robot-2 is %d of %s", n, name)
	}
}
