//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"

	"github.com/ammarctl/ammarctl/supervisor/launch"
)

// UserNamed is the user of that name, as the system knows them now; nil when
// that is who this process runs as.
func UserNamed(name string) (*launch.User, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("cannot run as %s: %w", name, err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("cannot run as %s: %w", name, err)
	}
	if uid == os.Geteuid() {
		return nil, nil
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("cannot tell the groups of %s: %w", name, err)
	}
	groups := []int{gid}
	for _, text := range ids {
		if id, err := strconv.Atoi(text); err == nil && !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	return &launch.User{Name: u.Username, UID: uid, GID: gid, Groups: groups, Home: u.HomeDir}, nil
}
