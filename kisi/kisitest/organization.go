package kisitest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"kisiflow/kisi"
)

// organization is everything that the simulated Kisi remembers.
type organization struct {
	tenant       kisi.Organization
	places       map[int64]kisi.Place
	groups       map[int64]kisi.Group
	persons      map[int64]person
	rights       map[int64]kisi.Right
	keys         map[string]login
	integrations map[int64]integration
	last         map[string]int64 // kind → the last id given out
}

// person is a user with what Kisi keeps but kisi.User does not show.
type person struct {
	kisi.User
	notes     string
	createdAt time.Time
}

// login is one key.
type login struct {
	kisi.Login
	madeByAdmin bool // such a key dies when its creator loses admin rights (kisi-api.md section 1)
}

func newOrganization() organization {
	return organization{
		places:       map[int64]kisi.Place{},
		groups:       map[int64]kisi.Group{},
		persons:      map[int64]person{},
		rights:       map[int64]kisi.Right{},
		keys:         map[string]login{},
		integrations: map[int64]integration{},
		// Far apart, so that a client which mixes up two kinds of id gets a 404 and not a lucky hit.
		last: map[string]int64{"place": 300, "group": 45_000, "user": 900_000, "right": 7_000_000, "login": 60_000, "integration": 2_000},
	}
}

// nextID gives out ids with gaps, as a database shared with other tenants does.
func (s *Server) nextID(kind string) int64 {
	s.state.last[kind] += 1 + s.random.Int64N(7)
	return s.state.last[kind]
}

func (s *Server) claimID(kind string, wanted int64) int64 {
	if wanted == 0 {
		return s.nextID(kind)
	}
	s.state.last[kind] = max(s.state.last[kind], wanted)
	return wanted
}

// AddPlace adds a place; the id is given out when 0.
func (s *Server) AddPlace(place kisi.Place) kisi.Place {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	place.ID = s.claimID("place", place.ID)
	place.OrganizationID = s.state.tenant.ID
	s.state.places[place.ID] = place
	return place
}

// AddGroup adds an access group (PlaceID 0: organization-wide); the id is given out when 0. UsersCount is
// counted from the rights, whatever is given.
func (s *Server) AddGroup(group kisi.Group) kisi.Group {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	group.ID = s.claimID("group", group.ID)
	s.state.groups[group.ID] = group
	return group
}

// AddUser adds a person (AccessEnabled as given); the id is given out when 0.
func (s *Server) AddUser(user kisi.User) kisi.User {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.addPerson(user, "").User
}

func (s *Server) addPerson(user kisi.User, notes string) person {
	user.ID = s.claimID("user", user.ID)
	added := person{User: user, notes: notes, createdAt: s.options.Now()}
	s.state.persons[user.ID] = added
	s.tell(event{kind: "user.create", objectType: "User", objectID: user.ID})
	return added
}

// AddRight gives a role by hand, as createdBy; no check for duplicates. appliesTo is "Group", "Place" or "Organization".
func (s *Server) AddRight(appliesTo string, appliesToID int64, roleID string, assigneeType string, assigneeID, createdBy int64) kisi.Right {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.addRight(kisi.Right{
		RoleID: roleID, AppliesToType: appliesTo, AppliesToID: appliesToID,
		AssigneeType: assigneeType, AssigneeID: assigneeID, CreatedByID: createdBy,
	})
}

func (s *Server) addRight(right kisi.Right) kisi.Right {
	right.ID = s.nextID("right")
	right.CreatedAt = s.options.Now().UTC().Truncate(time.Millisecond)
	s.state.rights[right.ID] = right
	s.tell(event{kind: "role_assignment.create", objectType: "RoleAssignment", objectID: right.ID, actor: right.CreatedByID})
	return s.named(right)
}

// named fills in the assignee's name and e-mail as they are now.
func (s *Server) named(right kisi.Right) kisi.Right {
	right.AssigneeName, right.AssigneeEmail = right.AssigneeType, ""
	if right.AssigneeType == "User" {
		who := s.state.persons[right.AssigneeID]
		right.AssigneeName, right.AssigneeEmail = who.Name, who.Email
	}
	return right
}

// AddKey makes another key for a user with an organization role ("owner", "administrator", "user_manager",
// "observer", "" …) and login type ("api" or "device"). A user who is not there yet is added; an
// organization role that the user has already is replaced.
func (s *Server) AddKey(user kisi.User, roleID, loginType string) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, known := s.state.persons[user.ID]; !known {
		user = s.addPerson(user, "").User
	}
	if s.roleOf(user.ID) != roleID {
		maps.DeleteFunc(s.state.rights, func(_ int64, right kisi.Right) bool {
			return right.AppliesToType == "Organization" && right.AssigneeType == "User" && right.AssigneeID == user.ID
		})
		if roleID != "" {
			s.addRight(kisi.Right{
				RoleID: roleID, AppliesToType: "Organization", AppliesToID: s.state.tenant.ID,
				AssigneeType: "User", AssigneeID: user.ID, CreatedByID: s.state.tenant.UserID,
			})
		}
	}
	used := s.options.Now().UTC()
	key := s.secret()
	s.state.keys[key] = login{
		Login: kisi.Login{
			ID: s.nextID("login"), Type: loginType, Name: "kisiflow", Expire: loginType != "api",
			LastUsedAt: &used, UserID: user.ID,
		},
		madeByAdmin: isAdmin(roleID),
	}
	return key
}

// RemoveRight takes a right away by hand.
func (s *Server) RemoveRight(id int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.removeRight(id, 0)
}

// removeRight takes a right away by somebody's hand (0: the owner's).
func (s *Server) removeRight(id, actor int64) {
	delete(s.state.rights, id)
	s.tell(event{kind: "role_assignment.destroy", objectType: "RoleAssignment", objectID: id, actor: actor})
}

// RemoveGroup deletes a group by hand, with the rights that hang on it.
func (s *Server) RemoveGroup(id int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.state.groups, id)
	s.tell(event{kind: "group.destroy", objectType: "Group", objectID: id})
	maps.DeleteFunc(s.state.rights, func(_ int64, right kisi.Right) bool {
		return right.AppliesToType == "Group" && right.AppliesToID == id
	})
}

// RemoveUser deletes a person by hand, with all their rights and keys.
func (s *Server) RemoveUser(id int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.state.persons, id)
	s.tell(event{kind: "user.destroy", objectType: "User", objectID: id})
	maps.DeleteFunc(s.state.rights, func(_ int64, right kisi.Right) bool {
		return right.AssigneeType == "User" && right.AssigneeID == id
	})
	maps.DeleteFunc(s.state.keys, func(_ string, key login) bool { return key.UserID == id })
}

// SetSuspended sets or lifts "Suspend access".
func (s *Server) SetSuspended(userID int64, suspended bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if who, known := s.state.persons[userID]; known {
		who.AccessEnabled = !suspended
		s.state.persons[userID] = who
		s.tell(event{kind: "user.update", objectType: "User", objectID: userID})
	}
}

// RevokeKey makes a key invalid from now on (401).
func (s *Server) RevokeKey(key string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.state.keys, key)
}

// Rights is a copy of all rights, by id.
func (s *Server) Rights() []kisi.Right {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var all []kisi.Right
	for _, id := range slices.Sorted(maps.Keys(s.state.rights)) {
		all = append(all, s.named(s.state.rights[id]))
	}
	return all
}

// Users is a copy of all users, by id.
func (s *Server) Users() []kisi.User {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var all []kisi.User
	for _, id := range slices.Sorted(maps.Keys(s.state.persons)) {
		user := s.state.persons[id].User
		user.Metadata = maps.Clone(user.Metadata)
		all = append(all, user)
	}
	return all
}

// Groups is a copy of all groups, by id.
func (s *Server) Groups() []kisi.Group {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all := slices.Collect(maps.Values(s.state.groups))
	for i := range all {
		all[i].UsersCount = s.usersIn(all[i].ID)
	}
	slices.SortFunc(all, func(a, b kisi.Group) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (s *Server) usersIn(groupID int64) int {
	seen := map[int64]bool{}
	for _, right := range s.state.rights {
		if right.AppliesToType == "Group" && right.AppliesToID == groupID && right.AssigneeType == "User" {
			seen[right.AssigneeID] = true
		}
	}
	return len(seen)
}
