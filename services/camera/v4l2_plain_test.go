//go:build linux && !cgo

package camera

import "testing"

func TestQuestionsAreNumberedAsTheKernelsHeaderDoes(t *testing.T) {
	if ioctlDirection != 30 {
		t.Skip("this machine numbers its calls in another way")
	}
	for name, tc := range map[string]struct{ got, want uintptr }{
		"QUERYCAP":        {vidiocQueryCapability, 0x80685600},
		"ENUM_FMT":        {vidiocEnumFormat, 0xc0405602},
		"ENUM_FRAMESIZES": {vidiocEnumSizes, 0xc02c564a},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %#x, want %#x", name, tc.got, tc.want)
		}
	}
}
