//go:build unix

package supervisor

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/ammarctl/ammarctl/configs"
	"github.com/ammarctl/ammarctl/internal/names"
	"github.com/ammarctl/ammarctl/supervisor/descriptor"
	"github.com/ammarctl/ammarctl/supervisor/instance"
	"github.com/ammarctl/ammarctl/supervisor/process"
	"github.com/ammarctl/ammarctl/supervisor/service"
	"github.com/ammarctl/ammarctl/supervisor/statefile"
)

// Inheritance is what the previous supervisor left.
type Inheritance struct {
	state   statefile.State
	records map[string][]process.Record       // by service, oldest first
	kept    map[string]*descriptor.Descriptor // by name; those that are left are closed
	config  configs.Config
}

// Inherit reads what the previous supervisor left in dirs: its state file, and
// the records of its processes. kept are the descriptors that the keeper passed
// on; nil when there is none. Damaged files are logged and skipped. The caller
// holds the instance's lock.
func Inherit(dirs instance.Dirs, kept map[string]*descriptor.Descriptor, log *slog.Logger) *Inheritance {
	in := &Inheritance{records: map[string][]process.Record{}, kept: kept}
	state, err := statefile.Read(dirs.StateFile())
	if err != nil {
		log.Warn("Cannot read the state of the previous supervisor", "error", err)
	}
	in.state = state
	paths, err := dirs.Records()
	if err != nil {
		log.Warn("Cannot look for the processes of the previous supervisor", "error", err)
	}
	for _, path := range paths {
		r, err := process.ReadRecord(path)
		switch {
		case errors.Is(err, process.ErrUnsigned), err == nil && r.Boot != process.BootID():
			_ = os.Remove(path) // no process belongs to it
		case err != nil:
			log.Warn("The record of a process is damaged; if it runs, it is left alone", "error", err)
			_ = os.Remove(path)
		case path != dirs.Record(r.Service, r.Launch) || !names.Valid(r.Service):
			log.Warn("The record of a process is not its own", "path", path, "service", r.Service)
			_ = os.Remove(path)
		default:
			in.records[r.Service] = append(in.records[r.Service], r)
		}
	}
	for _, list := range in.records {
		slices.SortFunc(list, func(a, b process.Record) int { return a.Launch - b.Launch })
	}
	if services, err := statefile.DecodeServices(state.Config.Services); err == nil && len(services) > 0 {
		in.config = configs.Config{Path: state.Config.Path, Services: services}
	} else if err != nil {
		log.Warn("Cannot read the configuration of the previous supervisor", "error", err)
	}
	return in
}

// Config is the configuration of the previous supervisor; ok is false when its
// instance was taken down, or nothing is left of it.
func (in *Inheritance) Config() (c configs.Config, ok bool) {
	return in.config, in.Continues() && len(in.config.Services) > 0 && (in.alive() || len(in.kept) > 0)
}

// Continues tells whether the previous supervisor crashed, rather than its
// instance taken down.
func (in *Inheritance) Continues() bool {
	return in.state.Running && in.state.Boot == process.BootID() || in.alive()
}

func (in *Inheritance) alive() bool {
	for _, list := range in.records {
		if slices.ContainsFunc(list, func(r process.Record) bool { return r.Identity.Alive() }) {
			return true
		}
	}
	return false
}

// shares are the shares, and the programs of ammarctl run, that have not ended:
// those in the state file, and those that run and are too new to be in it.
func (in *Inheritance) shares(known func(name string) bool) (list []configs.Service) {
	if !in.Continues() {
		return nil
	}
	add := func(text []byte) {
		cfg, err := statefile.DecodeService(text)
		taken := slices.ContainsFunc(list, func(other configs.Service) bool { return other.Name == cfg.Name })
		ended := in.state.Services[cfg.Name].Ended
		if err == nil && !configured(cfg) && !taken && !ended && !known(cfg.Name) {
			list = append(list, cfg)
		}
	}
	for _, text := range in.state.Shares {
		add(text)
	}
	for _, records := range in.records {
		for _, r := range records {
			if r.Identity.Alive() {
				add(r.Config)
			}
		}
	}
	return list
}

// Take gives a kept descriptor away; nil when there is none of this name.
func (in *Inheritance) Take(name string) *descriptor.Descriptor {
	if in == nil {
		return nil
	}
	file := in.kept[name]
	delete(in.kept, name)
	return file
}

// takeAll gives away the kept descriptors whose names begin with prefix.
func (in *Inheritance) takeAll(prefix string) map[string]*descriptor.Descriptor {
	files := map[string]*descriptor.Descriptor{}
	for name, file := range in.kept {
		if strings.HasPrefix(name, prefix) {
			files[name] = file
			delete(in.kept, name)
		}
	}
	return files
}

// adopt gives each service what the previous supervisor left of it, and ends or
// removes the rest.
func (in *Inheritance) adopt(members []*member, env *service.Environment) {
	for _, m := range members {
		name := m.Name()
		m.Adopt(service.Previous{
			Saved: in.state.Services[name], Records: in.records[name],
			Listener: in.Take(service.ListenerName(name)), Ports: in.takeAll(service.PortsPrefix(name)),
			Notify: func(launch int) *descriptor.Descriptor {
				return in.Take(service.NotifyName(name, launch))
			},
			Crashed: in.Continues(),
		})
		delete(in.records, name)
	}
	in.endStrays(env)
	for _, path := range env.Dirs.Leftovers() {
		_ = os.Remove(path)
	}
	for name, file := range in.kept {
		file.Close()
		if err := env.Store.Drop(name); err != nil {
			env.Log.Warn("The keeper still holds a descriptor", "name", name, "error", err)
		}
	}
}

// endStrays ends processes of services that are not configured any more.
func (in *Inheritance) endStrays(env *service.Environment) {
	for name, records := range in.records {
		for _, rec := range records {
			paths := env.Paths(name, rec.Launch)
			if p, err := paths.Adopt(env.Processes, rec); err == nil {
				env.Log.Warn("Ending a process whose service is not configured any more",
					"service", name, "pid", rec.Identity.PID)
				p.Kill()
				<-p.Done
			}
			paths.Remove()
		}
	}
}
