package table

import (
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/component"
	"github.com/ammarctl/ammarctl/ui/messages"
)

// order is how the table is sorted: by which column, in which direction.
type order struct {
	column  int // unsorted: as in the configuration
	reverse bool
}

const unsorted = -1

// Rows are the services that the table shows, in its order.
func (t *Table) Rows(scr component.Screen) []api.Service {
	list := scr.Snapshot.Services
	if t.filter != "" {
		wanted := strings.ToLower(t.filter)
		list = nil
		for _, s := range scr.Snapshot.Services {
			text := strings.Join([]string{s.Name, s.Kind, StateWord(s), s.Addr}, " ")
			if strings.Contains(strings.ToLower(text), wanted) {
				list = append(list, s)
			}
		}
	}
	if t.order == (order{column: unsorted}) {
		return list
	}
	list = slices.Clone(list)
	if t.order.column == unsorted {
		slices.Reverse(list)
		return list
	}
	compare := columns()[t.order.column].compare
	slices.SortStableFunc(list, func(a, b api.Service) int {
		if t.order.reverse {
			return -compare(a, b)
		}
		return compare(a, b)
	})
	return list
}

// sortNext sorts by the next column that can be compared. After the last one
// comes the order of the configuration.
func (t *Table) sortNext() component.Effects {
	cols := columns()
	next := t.order.column + 1
	for next < len(cols) && cols[next].compare == nil {
		next++
	}
	return t.sortBy(next)
}

// sortBy sorts by this column, numbers with the highest first. A column that
// does not exist stands for the order of the configuration.
func (t *Table) sortBy(column int) component.Effects {
	cols := columns()
	if column < 0 || column >= len(cols) {
		t.order = order{column: unsorted}
		return component.Notify(messages.SortedByConfig)
	}
	t.order = order{column, cols[column].right}
	return component.Notify(messages.Sorted(cols[column].title, t.order.reverse))
}

func (t *Table) reverseOrder() { t.order.reverse = !t.order.reverse }

// ClickHeading sorts by the column in which a cell of the heading is, or
// reverses the order when the table is sorted by it already.
func (t *Table) ClickHeading(scr component.Screen, x int, visible []api.Service) component.Effects {
	cols := columns()
	layout := t.layout(scr, cols, visible)
	at := markerWidth
	for c := range cols {
		if !layout.shown[c] {
			continue
		}
		if x >= at && x < at+layout.widths[c]+gap && cols[c].compare != nil {
			if c == t.order.column {
				t.reverseOrder()
				return nil
			}
			return t.sortBy(c)
		}
		at += layout.widths[c] + gap
	}
	return nil
}
