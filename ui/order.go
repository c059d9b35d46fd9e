package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/supervisor/api"
	"github.com/ammarctl/ammarctl/ui/words"
)

// order is how the table is sorted: by which column, in which direction.
type order struct {
	column  int
	reverse bool
}

// unsorted is the order of the configuration.
var unsorted = order{column: -1}

// rows are the services that the table shows, in its order.
func (m *model) rows() []api.Service {
	list := m.snapshot.Services
	if m.filter != "" {
		wanted := strings.ToLower(m.filter)
		list = nil
		for _, s := range m.snapshot.Services {
			if strings.Contains(strings.ToLower(strings.Join([]string{s.Name, s.Kind, stateWord(s), s.Addr}, " ")), wanted) {
				list = append(list, s)
			}
		}
	}
	cols := columns()
	if m.order.column < 0 || m.order.column >= len(cols) {
		if m.order.reverse {
			list = slices.Clone(list)
			slices.Reverse(list)
		}
		return list
	}
	compare := cols[m.order.column].compare
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b api.Service) int {
		c := compare(a, b)
		if m.order.reverse {
			c = -c
		}
		return c
	})
	return list
}

// stateWord is what the table calls a service's state.
func stateWord(s api.Service) string {
	if s.Lost {
		return words.LostMachine
	}
	return string(s.State)
}

// stayInRows moves the selection to a service that the table shows.
func (m *model) stayInRows() {
	if list := m.rows(); len(list) > 0 && m.place() < 0 {
		m.pick(list[0].Name)
	}
}

// sortNext sorts by the next column that can be compared; after the last one
// comes the order of the configuration.
func (m *model) sortNext() {
	cols := columns()
	for m.order.column++; m.order.column < len(cols) && cols[m.order.column].compare == nil; {
		m.order.column++
	}
	m.sortBy(m.order.column)
}

// sortBy sorts by this column; numbers begin with the highest.
func (m *model) sortBy(column int) {
	cols := columns()
	if column < 0 || column >= len(cols) {
		m.order = unsorted
		m.say(false, "%s", words.SortedByConfig)
		return
	}
	m.order = order{column, cols[column].right}
	m.say(false, "%s", words.Sorted(cols[column].title, m.order.reverse))
}

func (m *model) sortReverse() { m.order.reverse = !m.order.reverse }

// by compares what of gives for two services.
func by[T cmp.Ordered](of func(api.Service) T) func(a, b api.Service) int {
	return func(a, b api.Service) int { return cmp.Compare(of(a), of(b)) }
}

// urgent is urgency as a comparison.
func urgent(a, b api.Service) int { return cmp.Compare(urgency(a), urgency(b)) }

// urgency sorts states by how much they want to be looked at; what is lost may
// be in any.
func urgency(s api.Service) int {
	if s.Lost {
		return -1
	}
	return slices.Index([]api.State{api.Failed, api.Backoff, api.Degraded, api.Starting, api.Stopping, api.Ready, api.Stopped}, s.State)
}
