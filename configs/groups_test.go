package configs

import (
	"maps"
	"slices"
	"testing"
)

func TestScaleMakesAndTakesAwayReplicas(t *testing.T) {
	config, err := Decode([]byte(`
[service.w]
exec = ["w"]
[service.after]
exec = ["x"]
after = { w = "started" }
requires = ["w"]
`), "ammar.toml", "/home/me")
	if err != nil {
		t.Fatal(err)
	}
	names := func(c Config) (list []string) {
		for _, s := range c.Services {
			list = append(list, s.Name)
		}
		return list
	}
	three, err := config.Scale("w", 3)
	if err != nil {
		t.Fatal(err)
	}
	members := []string{"w-1", "w-2", "w-3"}
	after := three.Services[3]
	if !slices.Equal(names(three), append(slices.Clone(members), "after")) || !slices.Equal(after.After, members) ||
		!slices.Equal(after.Requires, members) || len(after.AfterWhen) != 3 || three.Services[1].ReplicaOf != "w" {
		t.Errorf("three are %+v", three.Services)
	}
	one, err := three.Scale("w", 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range config.Services {
		if diff := Diff(config.Services[i], one.Services[i]); len(diff) > 0 {
			t.Errorf("there and back: %v", diff)
		}
	}
	if !maps.Equal(one.Services[1].AfterWhen, map[string]string{"w": "started"}) {
		t.Errorf("after is %v", one.Services[1].AfterWhen)
	}
	for name, n := range map[string]int{"w": 0, "w-1": 2, "nothing": 2} {
		if _, err := three.Scale(name, n); err == nil {
			t.Errorf("%s=%d is accepted", name, n)
		}
	}
}
