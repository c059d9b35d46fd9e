package configs

import "testing"

func TestCapabilitiesAreReadFromStatus(t *testing.T) {
	for status, want := range map[string]bool{
		"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000400\nSeccomp:\t0\n": true,
		"CapEff:\t000001ffffffffff\n":                            true,
		"CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n": false,
		"CapEff:\t00000000000003ff\n":                            false,
		"CapEff:\tnonsense\n":                                    false,
		"":                                                       false,
	} {
		if got := mayBind(status); got != want {
			t.Errorf("mayBind(%q) is %t, want %t", status, got, want)
		}
	}
}
