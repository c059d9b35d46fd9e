//go:build unix

package process

// Tree says how the processes that belong to a service's process are known,
// besides its group and its descendants.
type Tree struct {
	Marks  []string // variables of their environment; all of them must be there
	Cgroup string   // the folder of their control group; empty: none
}

// treeOf is the tree of one process, its leader.
type treeOf struct {
	Tree
	leader     int
	ownGroup   bool // the number of the leader's group cannot be another's
	everywhere bool // its daemons may not be children of this process
}
