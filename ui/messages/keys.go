package messages

// The groups of the help.
const (
	GroupServices  = "Services"
	GroupShares    = "Shares"
	GroupTabs      = "Tabs"
	GroupLog       = "Log"
	GroupDashboard = "Dashboard"
	GroupDialogs   = "In dialogs and prompts"
)

// Groups lists the groups of keys in the order of the help. The keys of dialogs
// come last and are not among them.
func Groups() []string {
	return []string{GroupServices, GroupShares, GroupTabs, GroupLog, GroupDashboard}
}
