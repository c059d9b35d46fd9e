package camera

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// control is one setting of a camera, such as brightness, as GET /controls lists
// it. Field names are stable.
type control struct {
	ID       string     `json:"id"` // brightness, white_balance_automatic: as v4l2-ctl writes them
	Name     string     `json:"name"`
	Type     string     `json:"type"` // int, bool, menu, button, bitmask
	Min      int        `json:"min"`
	Max      int        `json:"max"`
	Step     int        `json:"step"`
	Default  int        `json:"default"`
	Value    int        `json:"value"`
	Menu     []menuItem `json:"menu"` // the choices of a menu; else null
	ReadOnly bool       `json:"read_only"`
	Inactive bool       `json:"inactive"` // another control disables this one

	number uint32 // the driver's
}

// menuItem is one choice of a menu.
type menuItem struct {
	Value int    `json:"value"`
	Name  string `json:"name"`
}

// controlList is the answer to GET and POST /controls.
type controlList struct {
	Device   string    `json:"device"` // empty if there are no controls
	Controls []control `json:"controls"`
}

// check returns an error for a value that cannot be set.
func (c *control) check(value int) error {
	switch {
	case c.ReadOnly:
		return fmt.Errorf("%s: it can only be read", c.ID)
	case c.Type == "button":
		return nil
	case c.Type == "menu":
		if !slices.ContainsFunc(c.Menu, func(m menuItem) bool { return m.Value == value }) {
			var names []string
			for _, m := range c.Menu {
				names = append(names, fmt.Sprintf("%d (%s)", m.Value, m.Name))
			}
			return fmt.Errorf("%s: expected one of %s, got %d", c.ID, strings.Join(names, ", "), value)
		}
	case c.Type == "bitmask":
		if value&^c.Max != 0 {
			return fmt.Errorf("%s: expected bits of %#x, got %#x", c.ID, c.Max, value)
		}
	case value < c.Min || value > c.Max || c.Step > 1 && (value-c.Min)%c.Step != 0:
		steps := ""
		if c.Step > 1 {
			steps = fmt.Sprintf(" in steps of %d", c.Step)
		}
		return fmt.Errorf("%s: expected %d to %d%s, got %d", c.ID, c.Min, c.Max, steps, value)
	}
	return nil
}

// controlID converts a driver's name to one that is easy to type: "White
// Balance, Automatic" becomes white_balance_automatic.
func controlID(name string) string {
	var id strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && id.Len() > 0 {
				id.WriteByte('_')
			}
			gap = false
			id.WriteRune(r)
		} else {
			gap = true
		}
	}
	return id.String()
}

// panel reads and sets a device's controls. It works while the device captures,
// and does not start it.
type panel interface {
	controls() ([]control, error)
	set(number uint32, value int) error
	close() error
}

// setting is a value for a control.
type setting struct {
	ID    string `json:"id"`
	Value *int   `json:"value"` // not needed for a button
}

// controlsHandler serves /controls. GET lists the controls. POST sets one from a
// JSON object such as {"id": "brightness", "value": 128}, or several from a list,
// all or none, and lists the result.
type controlsHandler struct {
	hub  *hub
	open func(path string) (panel, error)
}

// maxControls bounds the body of a POST, in bytes.
const maxControls = 64 << 10

func (c controlsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var wanted []setting
	if r.Method == http.MethodPost {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			// The form of another site cannot send this type, so it cannot turn a camera.
			http.Error(w, "expected Content-Type: application/json", http.StatusUnsupportedMediaType)
			return
		}
		if wanted, err = readSettings(http.MaxBytesReader(w, r.Body, maxControls)); err != nil {
			http.Error(w, `expected an object such as {"id": "brightness", "value": 128}, or a list of them: `+err.Error(),
				http.StatusBadRequest)
			return
		}
	}
	list, status, err := c.apply(wanted)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(list) // fails only if the client left
}

// readSettings reads one setting, or a list of them.
func readSettings(r io.Reader) ([]setting, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var all []setting
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		err = json.Unmarshal(body, &all)
	} else {
		all = make([]setting, 1)
		err = json.Unmarshal(body, &all[0])
	}
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		if s.ID == "" {
			return nil, errors.New("expected the id of a control, there is none; GET /controls lists them")
		}
		if slices.ContainsFunc(all[:i], func(other setting) bool { return other.ID == s.ID }) {
			return nil, fmt.Errorf("%s: expected each control once, this one is there twice", cut(s.ID))
		}
	}
	return all, nil
}

// apply sets the controls and lists all of them. status belongs to err.
func (c controlsHandler) apply(wanted []setting) (controlList, int, error) {
	list := controlList{Controls: []control{}}
	list.Device = c.hub.device()
	if list.Device == "" {
		if len(wanted) > 0 {
			return list, http.StatusConflict, fmt.Errorf("nothing can be set: %s is no camera", c.hub.spec)
		}
		return list, 0, nil
	}
	p, err := c.open(list.Device)
	if err != nil {
		return list, http.StatusServiceUnavailable, err
	}
	defer p.close()
	if list.Controls, err = p.controls(); err != nil {
		return list, http.StatusServiceUnavailable, fmt.Errorf("cannot read the controls of %s: %w", list.Device, err)
	}
	if len(wanted) == 0 {
		return list, 0, nil
	}
	if err := checkAll(list.Controls, wanted); err != nil {
		return list, http.StatusBadRequest, err
	}
	for _, item := range list.Controls { // in the driver's order: automatic modes come before their values
		i := slices.IndexFunc(wanted, func(s setting) bool { return s.ID == item.ID })
		if i < 0 {
			continue
		}
		value := 0
		if wanted[i].Value != nil {
			value = *wanted[i].Value
		}
		if err := p.set(item.number, value); err != nil {
			return list, http.StatusConflict, fmt.Errorf("%s: the camera refuses %d: %w", item.ID, value, err)
		}
		if item.Type != "button" {
			c.hub.remember(item.ID, value)
		}
	}
	if list.Controls, err = p.controls(); err != nil {
		return list, http.StatusServiceUnavailable, fmt.Errorf("cannot read the controls of %s: %w", list.Device, err)
	}
	return list, 0, nil
}

// checkAll returns all errors of the settings.
func checkAll(controls []control, wanted []setting) error {
	var errs []error
	for _, s := range wanted {
		i := slices.IndexFunc(controls, func(c control) bool { return c.ID == s.ID })
		switch {
		case i < 0:
			errs = append(errs, fmt.Errorf("%s: this camera has no such control; GET /controls lists them", cut(s.ID)))
		case s.Value != nil:
			errs = append(errs, controls[i].check(*s.Value))
		case controls[i].Type != "button":
			errs = append(errs, fmt.Errorf("%s: expected a value for it, there is none", s.ID))
		}
	}
	return errors.Join(errs...)
}

// device is the path of the camera that is open or configured. It is empty for
// other sources.
func (h *hub) device() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case strings.HasPrefix(h.about.Device, "/"):
		return h.about.Device
	case strings.HasPrefix(h.spec, "/"):
		return h.spec
	}
	return ""
}

// remember keeps a setting: a camera loses its settings when it is unplugged.
func (h *hub) remember(id string, value int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.settings == nil {
		h.settings = map[string]int{}
	}
	h.settings[id] = value
}

// restore sets the remembered settings after the camera was opened.
func (h *hub) restore(open func(path string) (panel, error)) {
	h.mu.Lock()
	settings := maps.Clone(h.settings)
	path := h.about.Device
	h.mu.Unlock()
	if len(settings) == 0 || !strings.HasPrefix(path, "/") {
		return
	}
	err := func() error {
		p, err := open(path)
		if err != nil {
			return err
		}
		defer p.close()
		controls, err := p.controls()
		if err != nil {
			return err
		}
		var errs []error
		for _, c := range controls {
			if value, ok := settings[c.ID]; ok && value != c.Value && c.check(value) == nil {
				errs = append(errs, p.set(c.number, value))
			}
		}
		return errors.Join(errs...)
	}()
	if err != nil {
		h.log.Warn("controls not restored", "device", path, "error", err.Error())
	}
}
