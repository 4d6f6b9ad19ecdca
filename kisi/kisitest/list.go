package kisitest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kisiflow/kisi"
)

// row is one entry of a list, with what it can be sorted by.
type row struct {
	id   int64
	name string // folded
	show func() map[string]any
}

func newRow(id int64, name string, show func() map[string]any) row {
	return row{id, strings.ToLower(name), show}
}

// collection answers the lists and the three single things that have no id in their path.
func (s *Server) collection(resource string, query url.Values, who caller) reply {
	switch resource {
	case "user":
		return s.showCurrent(who)
	case "login":
		return s.showLogin(who)
	case "organization":
		return answered(http.StatusOK, s.showTenant())
	case "roles":
		if !mayRead(who.roleID) {
			return denied()
		}
		return answered(http.StatusOK, s.showRoles())
	case "role_assignments":
		return s.listRights(query, who)
	}
	if !mayRead(who.roleID) {
		return denied()
	}
	switch resource {
	case "places":
		return s.page(query, s.placeRows(query), 50, 250)
	case "groups":
		return s.page(query, s.groupRows(query), 10, 250)
	case "integrations":
		if !isAdmin(who.roleID) {
			return denied()
		}
		return s.page(query, s.integrationRows(), 10, 250)
	case "users":
		return s.page(query, s.userRows(query), 50, 100)
	}
	return missing()
}

func (s *Server) placeRows(query url.Values) []row {
	var rows []row
	for _, place := range s.state.places {
		if chosen(query, place.ID) && contains(query.Get("query"), place.Name) {
			rows = append(rows, newRow(place.ID, place.Name, func() map[string]any { return s.showPlace(place) }))
		}
	}
	return rows
}

func (s *Server) groupRows(query url.Values) []row {
	var rows []row
	for _, group := range s.state.groups {
		scope := "organization"
		if group.PlaceID != 0 {
			scope = "place"
		}
		switch {
		case !chosen(query, group.ID), !contains(query.Get("query"), group.Name), s.gone(group.ID):
		case query.Get("scope") != "" && query.Get("scope") != scope:
		// Whether place_id= also gives organization-wide groups is unknown: here it does not.
		case query.Get("place_id") != "" && query.Get("place_id") != strconv.FormatInt(group.PlaceID, 10):
		default:
			rows = append(rows, newRow(group.ID, group.Name, func() map[string]any { return s.showGroup(group) }))
		}
	}
	return rows
}

func (s *Server) userRows(query url.Values) []row {
	email, text := query.Get("email"), query.Get("query")
	if (email != "" || text != "") && s.strikes("search-lag") {
		return nil
	}
	var rows []row
	for _, who := range s.state.persons {
		switch {
		case !chosen(query, who.ID):
		case email != "" && !strings.EqualFold(strings.TrimSpace(email), who.Email):
		// query is free text, over the notes too (kisi-api.md trap 4).
		case !contains(text, who.Email, who.Name, who.notes):
		case query.Get("group_id") != "" && !s.inGroup(who.ID, query.Get("group_id")):
		default:
			rows = append(rows, newRow(who.ID, who.Name, func() map[string]any { return s.showPerson(who) }))
		}
	}
	return rows
}

func (s *Server) inGroup(userID int64, group string) bool {
	for _, right := range s.state.rights {
		if right.AssigneeType == "User" && right.AssigneeID == userID && right.AppliesToType == "Group" &&
			strconv.FormatInt(right.AppliesToID, 10) == group {
			return true
		}
	}
	return false
}

func (s *Server) listRights(query url.Values, who caller) reply {
	want := wantedRights(query, who.userID)
	if want.assigneeID != "" && want.assigneeType == "" {
		return invalid("assignee_type", "can't be blank")
	}
	if want.appliesToID != "" && want.appliesToType == "" {
		return invalid("applies_to_type", "can't be blank")
	}
	// Whether somebody without a role may read their own rights is unknown: here they may.
	own := want.assigneeType == "User" && want.assigneeID == strconv.FormatInt(who.userID, 10)
	if !mayRead(who.roleID) && !own {
		return denied()
	}
	if want.appliesToType == "Group" {
		if id, _ := strconv.ParseInt(want.appliesToID, 10, 64); s.forbidden(id) {
			return denied()
		}
		if s.strikes("lost-list") {
			return s.page(query, nil, 10, 250)
		}
	}
	var rows []row
	for _, right := range s.state.rights {
		right = s.named(right)
		if want.matches(right) && chosen(query, right.ID) && !s.hidden(right) &&
			contains(query.Get("query"), right.AssigneeEmail, right.AssigneeName) {
			rows = append(rows, newRow(right.ID, right.AssigneeName, func() map[string]any { return s.showRight(right) }))
		}
	}
	return s.page(query, rows, 10, 250)
}

// hidden are the rights in a group that the fault gone-group has made vanish.
func (s *Server) hidden(right kisi.Right) bool {
	return right.AppliesToType == "Group" && s.gone(right.AppliesToID)
}

type rightFilter struct{ roleID, assigneeType, assigneeID, appliesToType, appliesToID string }

// wantedRights reads the filters, the deprecated ones too.
func wantedRights(query url.Values, me int64) rightFilter {
	want := rightFilter{
		query.Get("role_id"), query.Get("assignee_type"), query.Get("assignee_id"),
		query.Get("applies_to_type"), query.Get("applies_to_id"),
	}
	if user := query.Get("user_id"); user != "" {
		if user == "me" {
			user = strconv.FormatInt(me, 10)
		}
		want.assigneeType, want.assigneeID = "User", user
	}
	if group := query.Get("group_id"); group != "" {
		want.appliesToType, want.appliesToID = "Group", group
	}
	if scope := query.Get("scope"); scope != "" {
		want.appliesToType = strings.ToUpper(scope[:1]) + scope[1:]
	}
	return want
}

func (f rightFilter) matches(right kisi.Right) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return is(f.roleID, right.RoleID) && is(f.assigneeType, right.AssigneeType) &&
		is(f.assigneeID, strconv.FormatInt(right.AssigneeID, 10)) &&
		is(f.appliesToType, right.AppliesToType) && is(f.appliesToID, strconv.FormatInt(right.AppliesToID, 10))
}

// page cuts one page out of the rows, as kisi-api.md section 11 says.
func (s *Server) page(query url.Values, rows []row, usual, most int) reply {
	limit, err := number(query.Get("limit"), usual)
	if err != nil || limit < 1 {
		return invalid("limit", "is not a number")
	}
	limit = min(limit, most) // whether Kisi clamps or refuses is unknown; clamping is the quieter trap
	offset, err := number(query.Get("offset"), 0)
	if err != nil || offset < 0 || offset > 20_000 {
		return invalid("offset", "must be less than or equal to 20000") // how Kisi refuses it is unknown
	}
	order(rows, query.Get("sort"))
	if s.faults["cycling"] != nil && s.strikes("cycling") {
		return s.sendPage(rows[:min(limit, len(rows))], offset, limit, offset+3*limit)
	}
	if offset > 0 && s.strikes("repeated-page") {
		offset = max(0, offset-limit)
	}
	from, to := min(offset, len(rows)), min(offset+limit, len(rows))
	part, total := rows[from:to], len(rows)
	if len(part) > 0 && s.strikes("short-page") {
		part = part[:len(part)-max(1, len(part)/4)]
	}
	if (offset > 0 || total <= limit) && len(part) > 0 && s.strikes("empty-page") {
		part = nil
	}
	if s.strikes("lying-total") {
		total += 3
	}
	if total > 0 && s.strikes("low-total") {
		total--
	}
	return s.sendPage(part, offset, limit, total)
}

func (s *Server) sendPage(part []row, offset, limit, total int) reply {
	shown := make([]map[string]any, 0, len(part))
	for _, each := range part {
		shown = append(shown, each.show())
	}
	var body any = shown
	if s.strikes("not-a-list") {
		body = map[string]any{"data": shown}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	// The range is the requested one, not what came; an empty list has none.
	bounds := fmt.Sprintf("%d-%d/%d", offset, offset+limit-1, total)
	if total == 0 {
		bounds = "*/0"
	}
	answer := reply{status: http.StatusOK, body: encoded, header: map[string]string{"X-Collection-Range": bounds}}
	if s.strikes("no-range") {
		answer.header = nil
	}
	return answer
}

// order sorts by name when asked, else newest first: Kisi's usual order is unknown, and this one shifts
// under a client that pages while people are added.
func order(rows []row, sort string) {
	slices.SortFunc(rows, func(a, b row) int {
		switch sort {
		case "name", "user.name":
			return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
		case "-name", "-user.name":
			return cmp.Or(cmp.Compare(b.name, a.name), cmp.Compare(b.id, a.id))
		}
		return cmp.Compare(b.id, a.id)
	})
}

func number(text string, usual int) (int, error) {
	if text == "" {
		return usual, nil
	}
	return strconv.Atoi(text)
}

// chosen applies ids=, a list of ids with commas.
func chosen(query url.Values, id int64) bool {
	wanted := query.Get("ids")
	return wanted == "" || slices.Contains(strings.Split(wanted, ","), strconv.FormatInt(id, 10))
}

func contains(text string, places ...string) bool {
	if text == "" {
		return true
	}
	return slices.ContainsFunc(places, func(place string) bool {
		return strings.Contains(strings.ToLower(place), strings.ToLower(text))
	})
}
