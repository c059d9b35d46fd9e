package pages

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// order compares two entries.
type order func(a, b *entry) int

// orderBy compares entries by "name", "size" or "date", with folders first.
func orderBy(key string, descending bool) order {
	return func(a, b *entry) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		var c int
		switch key {
		case "size":
			c = cmp.Compare(a.Size, b.Size)
		case "date":
			c = cmp.Compare(a.modTime, b.modTime)
		}
		if c == 0 {
			c = cmp.Or(natural(a.base, b.base), cmp.Compare(a.base, b.base))
		}
		if descending {
			return -c
		}
		return c
	}
}

func sortEntries(list []entry, by order) {
	slices.SortFunc(list, func(a, b entry) int { return by(&a, &b) })
}

// natural compares names as people do: without regard to case, and numbers by
// their value, so that 9.jpg comes before 10.jpg.
func natural(a, b string) int {
	for a != "" && b != "" {
		digitsA, restA := leadingDigits(a)
		digitsB, restB := leadingDigits(b)
		if digitsA != "" && digitsB != "" {
			valueA, valueB := strings.TrimLeft(digitsA, "0"), strings.TrimLeft(digitsB, "0")
			if c := cmp.Or(cmp.Compare(len(valueA), len(valueB)), cmp.Compare(valueA, valueB)); c != 0 {
				return c
			}
			a, b = restA, restB
			continue
		}
		lowerA, lowerB := lower(a[0]), lower(b[0])
		if lowerA != lowerB {
			if lowerA >= 0x80 || lowerB >= 0x80 {
				return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
			}
			return cmp.Compare(lowerA, lowerB)
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func leadingDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// firstEntries keeps the first entries of many: a heap with the last of them on
// top.
type firstEntries struct {
	list  []entry
	limit int
	total int // entries that were added
	by    order
}

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (b *firstEntries) Len() int           { return len(b.list) }
func (b *firstEntries) Less(i, j int) bool { return b.by(&b.list[i], &b.list[j]) > 0 }
func (b *firstEntries) Swap(i, j int)      { b.list[i], b.list[j] = b.list[j], b.list[i] }
func (b *firstEntries) Push(any)           {} // add appends by itself, without an allocation
func (b *firstEntries) Pop() any           { return nil }

// add keeps e if it is one of the first.
func (b *firstEntries) add(e entry) {
	b.total++
	switch {
	case len(b.list) < b.limit:
		if b.list = append(b.list, e); len(b.list) == b.limit {
			heap.Init(b)
		}
	case b.limit > 0 && b.by(&e, &b.list[0]) < 0:
		b.list[0] = e
		heap.Fix(b, 0)
	}
}
