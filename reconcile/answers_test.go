package reconcile

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"kisiflow/gymflow"
	"kisiflow/kisi"
	"kisiflow/store"
)

// retold changes words in what Kisi answers to reads of a path.
func (w *world) retold(path string, words ...string) {
	w.kisi.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method != http.MethodGet || !strings.HasPrefix(in.URL.Path, path) {
				next.ServeHTTP(out, in)
				return
			}
			record := httptest.NewRecorder()
			next.ServeHTTP(record, in)
			for name, values := range record.Header() {
				out.Header()[name] = values
			}
			body := strings.NewReplacer(words...).Replace(record.Body.String())
			out.Header().Set("Content-Length", strconv.Itoa(len(body)))
			out.WriteHeader(record.Code)
			_, _ = out.Write([]byte(body))
		})
	})
}

// TestWhatACheckFinds is what may be the matter with one member, and the line that says so. None of it stops the check, and
// none of it is written anywhere (checked sees to that).
func TestWhatACheckFinds(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		name   string
		change func(*world)
		step   int
		says   string
	}{
		{"the person is gone from Kisi", func(w *world) { w.kisi.RemoveUser(w.rowUser("m001")) }, stepPerson, "is gone from Kisi"},
		{"the link is lost, the right is not", func(w *world) {
			w.stored(func(tx *store.Tx) error { return tx.DeleteLink("m001") })
			w.gymflow.Gym.Put(gymflow.Member{ID: "m001", FirstName: "First", LastName: "m001"})
		}, stepPerson, "ok: One person in Kisi"},
		{"no address", func(w *world) {
			w.gymflow.Gym.Put(gymflow.Member{ID: "m001", FirstName: "First", LastName: "m001"})
			w.stored(func(tx *store.Tx) error {
				ledger, err := tx.Ledger()
				for _, entry := range ledger {
					if entry.MemberID == "m001" && err == nil {
						err = tx.DeleteLedger(entry.RightID)
					}
				}
				return err
			})
			w.stored(func(tx *store.Tx) error { return tx.DeleteLink("m001") })
		}, stepPerson, "cannot tell: Without an e-mail address nobody in Kisi can be matched"},
		{"no address in Gymflow", func(w *world) { w.gymflow.Gym.Put(gymflow.Member{ID: "m001"}) }, stepMember, "without an e-mail address"},
		{"another address", func(w *world) {
			member := w.member("m001", "ms")
			member.Email = "other@x.example"
			w.gymflow.Gym.Put(member)
		}, stepPerson, "Gymflow has another address (other@x.example)"},
		{"an unknown status", func(w *world) {
			member := w.member("m001", "ms")
			member.Holdings[0].Status = "sabbatical"
			w.gymflow.Gym.Put(member)
		}, stepRules, "cannot tell: So the access stays as it is"},
		{"the group is gone", func(w *world) { w.kisi.RemoveGroup(w.groups[0].ID) }, stepKisi, "no longer exists in Kisi"},
		{"a right by another hand", func(w *world) {
			right := w.rightOf("m001", w.groups[0])
			w.kisi.RemoveRight(right.ID)
			w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", right.AssigneeID, 99)
		}, stepKisi, "A right to Group A that is not kisiflow's (door access)"},
		{"a right whose time is over", func(w *world) {
			w.retold("/role_assignments", `"valid_until":null`, `"valid_until":"2020-01-01T00:00:00.000Z"`)
		},
			stepKisi, "differs: A right to Group A is not valid today"},
		{"another way in, for a time", func(w *world) {
			w.kisi.AddRight("Group", w.groups[1].ID, kisi.RoleBasic, "User", w.rowUser("m001"), 99)
			w.retold("/role_assignments", `"valid_until":null`, `"valid_until":"2099-01-01T00:00:00.000Z"`)
		}, stepKisi, "Group B (door access, for a limited time)"},
		{"a lockdown", func(w *world) { w.retold("/places", `"locked_down":false`, `"locked_down":true`) }, stepKisi, "is locked down in Kisi"},
		{"a question", func(w *world) {
			user := w.rowUser("m001")
			w.takeByHand("m001")
			w.stored(func(tx *store.Tx) error { return tx.PutLost(keyOf(user, w.groups[0]), 2) })
		}, stepDifference, "cannot tell: Somebody removed First m001 from Group A"},
	} {
		t.Run(one.name, func(t *testing.T) {
			w := linked(t, 3)
			one.change(w)
			result := w.checked("m001")
			says(t, result.words(one.step), one.says)
			for number, title := range CheckSteps() {
				if result.Steps[number].Title != title {
					t.Errorf("step %d is %q, and was announced as %q", number+1, result.Steps[number].Title, title)
				}
			}
		})
	}
}

// TestWhatTheDoctorFinds is what may be the matter with the integration, the line that says so, and its exit code.
func TestWhatTheDoctorFinds(t *testing.T) {
	t.Parallel()
	another := func(role, kind string) func(*world) {
		return func(w *world) {
			user := w.kisi.AddUser(kisi.User{Name: "Nora", Email: "nora@gym.example", AccessEnabled: true})
			key := w.kisi.AddKey(user, role, kind)
			w.stored(func(tx *store.Tx) error { return tx.PutSecret(store.KisiKey, key) })
		}
	}
	for _, one := range []struct {
		name, line, says string
		exit             int
		change           func(*world)
	}{
		{"a dead key", "Kisi key", "It was the key of Nora. ", 12, func(w *world) {
			w.change(func(settings *store.Settings) { settings.Key.UserName = "Nora" })
			w.kisi.RevokeKey(w.to.KisiKey)
		}},
		{"a key that died before", "Kisi key", "The Kisi key stopped working on 2 Jan 2026 ", 12, func(w *world) {
			w.change(func(settings *store.Settings) {
				settings.Key.DiedAt, settings.Key.DiedWhy = time.Date(2026, 1, 2, 12, 0, 0, 0, time.Local), "Kisi refused it"
			})
			w.kisi.RevokeKey(w.to.KisiKey)
		}},
		{"a key that may not write", "rights of the key", "not give or take them", 12, another("observer", "api")},
		{"a key that is not the owner's", "Kisi key", "It stops working the day they lose that role", 0, another("administrator", "api")},
		{"a phone's key", "Kisi key", "the sign-in of a phone or browser of Nora", 1, another("administrator", "device")},
		{"a key that expires", "Kisi key", "it expires by itself", 1, func(w *world) { w.retold("/login", `"expire":false`, `"expire":true`) }},
		{"another organization", "Kisi key", "belongs to Elsewhere", 12, func(w *world) {
			w.change(func(settings *store.Settings) {
				settings.Key.OrganizationID, settings.Key.OrganizationName = 99, "Elsewhere"
			})
		}},
		{"no association", "access groups", "nobody is given access", 1, func(w *world) { w.change(func(settings *store.Settings) { settings.Associations = nil }) }},
		{"a group that is gone", "access group Group A", "Kisi no longer has it", 1, func(w *world) { w.kisi.RemoveGroup(w.groups[0].ID) }},
		{"no sync yet", "last sync", "There was none yet", 1, func(w *world) {
			w.open(w.t.TempDir() + "/fresh.db")
			w.stored(func(tx *store.Tx) error { return tx.PutSettings(w.settings) })
			w.stored(func(tx *store.Tx) error { return tx.PutSecret(store.KisiKey, w.to.KisiKey) })
			w.stored(func(tx *store.Tx) error { return tx.PutSecret(store.GymflowToken, w.to.GymflowToken) })
		}},
		{"held removals", "held removals", "6 wait for you: kisiflow plan shows them, kisiflow sync --approve ", 1, func(w *world) {
			for _, id := range []string{"m000", "m001", "m002", "m003", "m004", "m005"} {
				w.cancel(id)
			}
			w.sync(4)
		}},
		{"removals held by old data", "held removals", "1 wait for fresh data from Gymflow", 1, func(w *world) {
			w.cancel("m001")
			w.aged(25 * time.Hour)
			w.sync(4)
		}},
	} {
		t.Run(one.name, func(t *testing.T) {
			w := linked(t, 6)
			one.change(w)
			found := w.doctor()
			if check := found[one.line]; check.Exit != one.exit || !strings.Contains(check.Text, one.says) {
				t.Errorf("%+v, of %+v", check, found)
			}
		})
	}
}
