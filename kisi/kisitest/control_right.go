package kisitest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kisiflow/internal/simcontrol"
	"kisiflow/kisi"
)

// shownRight is a right as the control endpoints show it.
type shownRight struct {
	ID          int64     `json:"id"`
	RoleID      string    `json:"role"`
	AppliesTo   string    `json:"applies_to"`
	AppliesToID int64     `json:"applies_to_id"`
	Group       string    `json:"group,omitempty"`
	UserID      int64     `json:"user_id,omitempty"`
	User        string    `json:"user"`
	Email       string    `json:"email,omitempty"`
	CreatedByID int64     `json:"created_by_id"`
	CreatedAt   time.Time `json:"created_at"`
}

func (c control) shown(right kisi.Right) shownRight {
	right = c.named(right)
	one := shownRight{ID: right.ID, RoleID: right.RoleID, AppliesTo: right.AppliesToType, AppliesToID: right.AppliesToID,
		User: right.AssigneeName, Email: right.AssigneeEmail, CreatedByID: right.CreatedByID, CreatedAt: right.CreatedAt}
	if right.AppliesToType == "Group" {
		one.Group = c.state.groups[right.AppliesToID].Name
	}
	if right.AssigneeType == "User" {
		one.UserID = right.AssigneeID
	}
	return one
}

func (c control) showRights(r *http.Request) (any, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var groupID, userID int64
	if text := r.URL.Query().Get("group"); text != "" {
		group, err := c.group("group", text)
		if err != nil {
			return nil, err
		}
		groupID = group.ID
	}
	if text := r.URL.Query().Get("user"); text != "" {
		user, err := c.user("user", text)
		if err != nil {
			return nil, err
		}
		userID = user.ID
	}
	all := []shownRight{}
	for _, right := range c.sorted() {
		if (groupID == 0 || isOf(right, groupID)) && (userID == 0 || right.AssigneeType == "User" && right.AssigneeID == userID) {
			all = append(all, c.shown(right))
		}
	}
	return object{"count": len(all), "rights": all}, nil
}

func isOf(right kisi.Right, groupID int64) bool {
	return right.AppliesToType == "Group" && right.AppliesToID == groupID
}

func (c control) sorted() []kisi.Right {
	return slices.SortedFunc(maps.Values(c.state.rights), func(a, b kisi.Right) int { return cmp.Compare(a.ID, b.ID) })
}

// newRight is the body of POST /sim/rights.
type newRight struct {
	User  string `json:"user"`
	Group string `json:"group"`
	Role  string `json:"role"`
	By    string `json:"by"`
}

func (c control) giveRight(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[newRight](r)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	user, err := c.user("user", sent.User)
	if err != nil {
		return nil, err
	}
	group, err := c.group("group", sent.Group)
	if err != nil {
		return nil, err
	}
	by := c.Owner
	if sent.By != "" {
		if by, err = c.user("by", sent.By); err != nil {
			return nil, err
		}
	}
	role := cmp.Or(sent.Role, kisi.RoleBasic)
	if !knownRole("Group", role) {
		return nil, simcontrol.Refuse("role %q is not a group's; there are: %s.", sent.Role, strings.Join(groupRoles(), ", "))
	}
	for _, right := range c.rightsOf(user.ID, group.ID) { // Kisi refuses a second one by hand too
		return nil, simcontrol.Refuse("user %q has the right %d (%s) in %q already.", sent.User, right.ID, right.RoleID, group.Name)
	}
	return c.shown(c.addRight(kisi.Right{RoleID: role, AppliesToType: "Group", AppliesToID: group.ID,
		AssigneeType: "User", AssigneeID: user.ID, CreatedByID: by.ID})), nil
}

func (c control) rightsOf(userID, groupID int64) []kisi.Right {
	return slices.DeleteFunc(c.sorted(), func(right kisi.Right) bool {
		return !isOf(right, groupID) || right.AssigneeType != "User" || right.AssigneeID != userID
	})
}

// rightRemoval is the body of POST /sim/rights/remove.
type rightRemoval struct {
	ID    int64  `json:"id"`
	User  string `json:"user"`
	Group string `json:"group"`
}

func (c control) takeRight(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[rightRemoval](r)
	if err != nil {
		return nil, err
	}
	if (sent.ID != 0) == (sent.User != "" || sent.Group != "") {
		return nil, simcontrol.Refuse("Say which right: either its id, or user and group.")
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	right, known := c.state.rights[sent.ID]
	if sent.ID != 0 && !known {
		return nil, simcontrol.Refuse("id %d: there is no such right.", sent.ID)
	}
	if sent.ID == 0 {
		user, err := c.user("user", sent.User)
		if err != nil {
			return nil, err
		}
		group, err := c.group("group", sent.Group)
		if err != nil {
			return nil, err
		}
		found := c.rightsOf(user.ID, group.ID)
		if len(found) != 1 {
			return nil, simcontrol.Refuse("user %q has %d rights in %q; GET /sim/rights shows their ids.", sent.User, len(found), group.Name)
		}
		right = found[0]
	}
	gone := c.shown(right)
	c.removeRight(right.ID, 0)
	return object{"removed": gone}, nil
}

func (c control) showUsers(*http.Request) (any, error) {
	users := c.Users()
	return object{"count": len(users), "users": append([]kisi.User{}, users...)}, nil
}

func (c control) suspend(r *http.Request, suspended bool) (any, error) {
	c.mutex.Lock()
	user, err := c.user("user", r.PathValue("who"))
	c.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	c.SetSuspended(user.ID, suspended)
	user.AccessEnabled = !suspended
	return user, nil
}

// user finds a person by id or e-mail; field is what the caller called it.
func (c control) user(field, who string) (kisi.User, error) {
	id, _ := strconv.ParseInt(who, 10, 64)
	for _, known := range slices.Sorted(maps.Keys(c.state.persons)) {
		if one := c.state.persons[known].User; one.ID == id || (who != "" && strings.EqualFold(one.Email, who)) {
			return one, nil
		}
	}
	return kisi.User{}, simcontrol.Refuse("%s: nobody has the id or e-mail %q.", field, who)
}

// group finds a group by id or exact name.
func (c control) group(field, which string) (kisi.Group, error) {
	id, _ := strconv.ParseInt(which, 10, 64)
	var names []string
	for _, known := range slices.Sorted(maps.Keys(c.state.groups)) {
		one := c.state.groups[known]
		if one.ID == id || (which != "" && one.Name == which) {
			return one, nil
		}
		names = append(names, one.Name)
	}
	return kisi.Group{}, simcontrol.Refuse("%s: there is no group with the id or name %q; there are: %s.", field, which, strings.Join(names, ", "))
}
