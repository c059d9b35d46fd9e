package ui

import (
	"cmp"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"github.com/ammarctl/ammarctl/ui/component"
)

// boundKey is a key and the tab that declares it.
type boundKey struct {
	component.Key
	tab int // index in tabs; -1: it belongs to no tab
}

// keyboard are the keys of all parts, in the order of the help.
type keyboard []boundKey

// in returns the screen as the owner of the key sees it.
func (k boundKey) in(scr component.Screen, front int) component.Screen {
	scr.Front = k.tab == front
	return scr
}

// active lists the keys that do something now.
func (kb keyboard) active(scr component.Screen, front int) (list keyboard) {
	for _, k := range kb {
		if k.Active(k.in(scr, front)) {
			list = append(list, k)
		}
	}
	return list
}

// all lists all keys.
func (kb keyboard) all() (keys []component.Key) {
	for _, k := range kb {
		keys = append(keys, k.Key)
	}
	return keys
}

// hints are the keys worth pressing now, as many as fit into one line.
func (kb keyboard) hints(scr component.Screen, front int) (text string) {
	inTab := slices.ContainsFunc(kb, func(k boundKey) bool {
		return k.tab == front && k.Hint.Tab > 0 && k.Offered(k.in(scr, front))
	})
	place := func(k boundKey) int {
		if inTab {
			return k.Hint.Tab
		}
		return k.Hint.Table
	}
	var offered keyboard
	for _, k := range kb {
		if place(k) > 0 && k.Offered(k.in(scr, front)) {
			offered = append(offered, k)
		}
	}
	slices.SortStableFunc(offered, func(a, b boundKey) int { return cmp.Compare(place(a), place(b)) })
	used := 0
	for _, k := range offered {
		label, does := k.Offer(inTab)
		cells := ansi.StringWidth(label) + 1 + len(does) + 3
		if used+cells > scr.Width {
			break
		}
		used += cells
		text += " " + scr.Hint(label, does) + "  "
	}
	return text
}
