package kisitest

import (
	"net/http"
	"strconv"
	"strings"
)

// route finds the endpoint. What destroys is refused and remembered; anything else unknown is a 404.
func (s *Server) route(r *http.Request, who caller) reply {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	resource, id, numbered := parts[0], int64(0), false
	if len(parts) == 2 {
		parsed, err := strconv.ParseInt(parts[1], 10, 64)
		id, numbered = parsed, err == nil
	}
	if destroys(r.Method, resource) {
		s.destroyed = append(s.destroyed, r.Method+" "+r.URL.Path)
		return denied()
	}
	switch {
	case len(parts) == 1 && r.Method == http.MethodGet:
		return s.collection(resource, r.URL.Query(), who)
	case len(parts) == 1 && r.Method == http.MethodPost:
		return s.create(resource, r, who)
	case numbered && r.Method == http.MethodGet:
		return s.single(resource, id, who)
	case numbered && r.Method == http.MethodDelete && resource == "role_assignments":
		return s.deleteRight(id, who)
	case numbered && r.Method == http.MethodDelete && resource == "integrations":
		return s.deleteIntegration(id, who)
	case numbered && r.Method == http.MethodPatch && resource == "users":
		return s.updateUser(id, r, who)
	}
	return missing()
}

// destroys are the calls of kisi-api.md trap 25 and their like: every removal that is not of one right.
func destroys(method, resource string) bool {
	switch method {
	case http.MethodDelete:
		return resource != "role_assignments" && resource != "integrations"
	case http.MethodPatch, http.MethodPut:
		return resource != "users" && resource != "role_assignments"
	}
	return false
}

func (s *Server) single(resource string, id int64, who caller) reply {
	if !mayRead(who.roleID) {
		return denied()
	}
	switch resource {
	case "places":
		if place, known := s.state.places[id]; known {
			return answered(http.StatusOK, s.showPlace(place))
		}
	case "groups":
		if s.forbidden(id) {
			return denied()
		}
		if !s.gone(id) {
			return answered(http.StatusOK, s.showGroup(s.state.groups[id]))
		}
	case "users":
		if found, known := s.state.persons[id]; known {
			return answered(http.StatusOK, s.showPerson(found))
		}
	case "role_assignments":
		right, known := s.state.rights[id]
		if known && right.AppliesToType == "Group" && s.forbidden(right.AppliesToID) {
			return denied()
		}
		if known && !s.hidden(right) {
			return answered(http.StatusOK, s.showRight(s.named(right)))
		}
	case "roles":
		return missing()
	}
	return missing()
}

func (s *Server) create(resource string, r *http.Request, who caller) reply {
	if resource == "integrations" {
		if !isAdmin(who.roleID) { // integrations_write
			return denied()
		}
		return s.createIntegration(r)
	}
	if resource != "users" && resource != "role_assignments" {
		return missing()
	}
	if !mayWrite(who.roleID) {
		return denied()
	}
	if resource == "users" {
		return s.createUser(r, who)
	}
	return s.createRight(r, who)
}
