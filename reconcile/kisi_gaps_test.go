package reconcile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestAGroupThatVanishesBetweenTheListsIsGone(t *testing.T) {
	w := linked(t, 3)
	group := w.groups[0].ID
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			next.ServeHTTP(response, request)
			if request.URL.Path == "/groups" {
				w.kisi.RemoveGroup(group)
			}
		})
	})
	run := w.sync(3)
	if run.Failed != 0 || !strings.Contains(strings.Join(run.Notes, " "), "no longer exists in Kisi") {
		t.Errorf("%+v", run)
	}
}

func TestAListThatKisiDoesNotFindHoldsOnlyItsGroup(t *testing.T) {
	w := linked(t, 3)
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			if request.URL.Path == "/role_assignments" && strings.Contains(request.URL.RawQuery, "applies_to_type=Group") {
				response.Header().Set("Content-Type", "application/json")
				response.WriteHeader(http.StatusNotFound)
				_, _ = response.Write([]byte(`{"code":"000404","error":"Not found."}`))
				return
			}
			next.ServeHTTP(response, request)
		})
	})
	if run := w.sync(3); run.Revoked != 0 || len(w.ledger()) != 3 {
		t.Errorf("%+v, ledger %v", run, w.ledger())
	}
}

func TestAKeyThatDoesNotNameItsOrganizationIsNoOtherOne(t *testing.T) {
	w := linked(t, 2)
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			if request.URL.Path == "/user" {
				response.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(response, `{"id":%d,"email":"owner@gym.example"}`, w.kisi.Owner.ID)
				return
			}
			next.ServeHTTP(response, request)
		})
	})
	w.sync(0)
}
