package kind

import (
	"slices"
	"testing"
)

func TestEveryKindDescribesItself(t *testing.T) {
	for _, k := range All() {
		if k.Name == "" || k.Noun == "" || k.Summary == "" {
			t.Errorf("%+v lacks a name, a noun or a summary", k)
		}
		if k.Builtin != (k.Example != "") {
			t.Errorf("%s: built-in kinds have an example, others have none", k.Name)
		}
		if got := Of(k.Name); got.Name != k.Name || !slices.Equal(got.Actions, k.Actions) {
			t.Errorf("Of(%q) is %+v", k.Name, got)
		}
	}
}

func TestOneKindSharesFolders(t *testing.T) {
	shares := slices.DeleteFunc(All(), func(k Kind) bool { return !k.SharesFolder })
	if len(shares) != 1 || OfShare().Name != shares[0].Name || !OfShare().Builtin {
		t.Errorf("%d kinds share folders; OfShare is %q", len(shares), OfShare().Name)
	}
}

func TestAnUnknownKindIsShownLikeAnyExecutable(t *testing.T) {
	k := Of("gopher")
	if k.Name != "gopher" || k.Builtin || k.Known || k.Offers(LimitTransfers) {
		t.Errorf("got %+v", k)
	}
}
