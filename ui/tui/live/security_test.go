package live

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kisiflow/access"
	"kisiflow/gymflow"
	"kisiflow/gymflow/gymflowtest"
	"kisiflow/kisi"
	"kisiflow/kisi/kisitest"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// TestHostileNamesEndToEnd lets a run read hostile names from both services over HTTP, and looks at every screen of the live view
// afterwards: no cell outside its region, no control character, no escape sequence that is not the view's own.
func TestHostileNamesEndToEnd(t *testing.T) {
	t.Chdir(t.TempDir()) // some key exports what is listed
	gym, err := gymflowtest.Start(gymflowtest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer gym.Close()
	doors, err := kisitest.Start(kisitest.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer doors.Close()
	evil := []string{
		"\x1b]0;owned\a\x1b[2J\x1b[31mEve", "\u009b31mEve\u009d0;owned\u009c", "Ann\nforged line\r\n", "\u202egpj.exe\u2066", "Tab\tbed\v\f\x00\b\x7f",
		"e" + strings.Repeat("\u0301", 300), strings.Repeat("wide 宽", 500), "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "\u2028\u2029\ufeff", "bad \xff\xfe", "\x1b]52;c;cm0=\x1b\\",
	}
	place := doors.AddPlace(kisi.Place{Name: evil[0], Address: evil[2], TimeZone: "Europe/Dublin", LocksCount: 2})
	var associations []access.Association
	for i, text := range evil {
		group := doors.AddGroup(kisi.Group{Name: text, PlaceID: place.ID, LocksCount: 1, LoginEnabled: true})
		id := strconv.Itoa(i)
		gym.Gym.PutMembership(gymflow.Membership{ID: id, Name: text, Kind: gymflow.Recurring, ClubID: "club_1"})
		associations = append(associations, access.Association{MembershipID: id, MembershipName: text, GroupID: group.ID, GroupName: text})
		stranger := doors.AddUser(kisi.User{Name: text, Email: text + "@y.example", AccessEnabled: true})
		doors.AddRight("Group", group.ID, kisi.RoleBasic, "User", stranger.ID, doors.Owner.ID)
		for kind, status := range map[string]gymflow.Status{"good": gymflow.Active, "strange": gymflow.Status(text)} {
			gym.Gym.Put(gymflow.Member{ID: kind + id, Email: kind + id + "@x.example", FirstName: text, LastName: text, Holdings: []gymflow.Holding{
				{ID: "h", MembershipID: id, Status: status, StartsOn: gymflow.Date{Year: 2024, Month: 1, Day: 1}}}})
		}
	}
	path := filepath.Join(t.TempDir(), "state.db")
	state, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	engine := reconcile.New(state, reconcile.Options{Rate: 100_000, By: evil[0]})
	to := reconcile.Access{GymflowURL: gym.URL, GymflowToken: gym.Token, KisiURL: doors.URL, KisiKey: doors.Key}
	settings := store.Settings{
		GymflowURL: gym.URL, GymflowName: evil[0], KisiURL: doors.URL, PlaceID: place.ID, PlaceName: place.Name, PlaceAddress: place.Address, Zone: "Europe/Dublin",
		Associations: associations, Unlocking: store.Managed, Limits: access.DefaultLimits(), Key: store.KeyFacts{UserName: evil[2], OrganizationName: evil[0]},
	}
	preview, err := engine.Preview(t.Context(), settings, to, nil)
	if err == nil {
		err = engine.Confirm(reconcile.Confirmation{Settings: settings, Access: to, Preview: preview, By: evil[0]})
	}
	if err == nil {
		_, err = engine.Sync(t.Context(), store.Request{Kind: "sync", Trigger: evil[0], By: evil[0]})
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{100, 60}, {40, 12}} {
		for name, keys := range keysTo() {
			t.Run(name+"/"+strconv.Itoa(size[0]), func(t *testing.T) {
				s := openStage(t, content).size(size[0], size[1]).press(keys...)
				checkRegion(t, s.live.View(), size[0], size[1]-1)
				for range 6 { // down the list, and into each member's page
					s.press("down", "enter")
					checkRegion(t, s.live.View(), size[0], size[1]-1)
					s.press("esc")
				}
			})
		}
	}
}
