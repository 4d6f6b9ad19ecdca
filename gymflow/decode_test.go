package gymflow

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const soundMember = `{"id":"m_1","email":"Ann@Example.com","first_name":"Ann","last_name":"Lee",
 "updated_at":"2026-03-01T10:00:00+01:00","overdue_since":"2026-02-01","blocked":true,"favourite":"blue",
 "holdings":[{"id":"h_9","membership_id":"ms_1","status":"Past Due","starts_on":"2025-01-01","ends_on":"2026-12-31",
  "paused_from":"2026-05-01","resumes_on":"2026-05-08","overdue_since":"2026-02-01","primary_member_id":"m_77"}],
 "app":{"signed_in":true,"bluetooth":false,"location":null}}`

func TestMemberIsReadWhole(t *testing.T) {
	got, err := decodeMember(json.RawMessage(soundMember))
	if err != nil {
		t.Fatal(err)
	}
	want := Member{
		ID: "m_1", Email: "Ann@Example.com", FirstName: "Ann", LastName: "Lee", Blocked: true,
		UpdatedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), OverdueSince: Date{2026, 2, 1},
		Holdings: []Holding{{
			ID: "h_9", MembershipID: "ms_1", Status: Overdue, StartsOn: Date{2025, 1, 1}, EndsOn: Date{2026, 12, 31},
			PausedFrom: Date{2026, 5, 1}, ResumesOn: Date{2026, 5, 8}, OverdueSince: Date{2026, 2, 1}, PrimaryMemberID: "m_77",
		}},
		App: &App{SignedIn: new(true), Bluetooth: new(false)},
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Error(difference)
	}
}

func TestNullAndAbsentMeanNone(t *testing.T) {
	for _, text := range []string{
		`{"id":"m_1","holdings":[]}`,
		`{"id":"m_1","email":null,"first_name":null,"last_name":null,"updated_at":null,"overdue_since":null,"blocked":null,"holdings":[],"app":null}`,
	} {
		got, err := decodeMember(json.RawMessage(text))
		if difference := cmp.Diff(Member{ID: "m_1"}, got); err != nil || difference != "" {
			t.Errorf("%s: %v %s", text, err, difference)
		}
	}
}

func TestOneBadFieldHoldsOneMember(t *testing.T) {
	for field, says := range map[string]string{
		`"overdue_since":"yesterday"`: `overdue_since is "yesterday", not a date like 2026-03-31`,
		`"overdue_since":7`:           `overdue_since is 7, not a date`,
		`"blocked":"no"`:              `blocked is "no", not true or false`,
		`"email":["a"]`:               `email is ["a"], not a text`,
		`"updated_at":"noon"`:         `updated_at is "noon", not an instant`,
		`"holdings":null`:             `holdings is null, not a list`,
		`"holdings":{}`:               `holdings is {}, not a list`,
		`"holdings":[7]`:              `holding 1 is 7, not an object`,
		`"holdings":[{"id":"h_1","membership_id":"ms_1","status":"active","starts_on":"2026-02-30"}]`: `starts_on of holding "h_1" is "2026-02-30", not a date`,
		`"holdings":[{"id":"h_1","membership_id":"ms_1","status":"active","starts_on":null}]`:         `starts_on of holding "h_1" is null, not a date`,
		`"holdings":[{"id":"h_1","membership_id":"ms_1","status":"active"}]`:                          `starts_on of holding "h_1" is missing`,
		`"holdings":[{"id":"h_1","membership_id":"ms_1","starts_on":"2026-02-03"}]`:                   `status of holding "h_1" is missing`,
		`"holdings":[{"id":"h_1","membership_id":"ms_1","status":3,"starts_on":"2026-02-03"}]`:        `status of holding "h_1" is 3, not a text`,
		`"holdings":[{"id":"h_1","status":"active","starts_on":"2026-02-03"}]`:                        `membership_id of holding "h_1" is missing`,
		`"holdings":[{"membership_id":"ms_1","status":"active","starts_on":"2026-02-03"}]`:            `id of holding 1 is missing`,
		`"app":"yes"`:              `app is "yes", not an object`,
		`"app":{"bluetooth":"on"}`: `bluetooth of the app is "on", not true or false`,
		`"overdue_since":"\u001b[2J` + strings.Repeat("9", 500) + `"`: `overdue_since is "999`,
	} {
		text := `{"id":"m_1","email":"ann@example.com","first_name":"Ann","holdings":[],` + field + `}`
		member, err := decodeMember(json.RawMessage(text))
		if err != nil {
			t.Errorf("%s: %v", field, err)
			continue
		}
		if member.ID != "m_1" || member.FirstName != "Ann" {
			t.Errorf("%s: what is sound was lost: %+v", field, member)
		}
		if !strings.HasPrefix(member.Unreadable, says) {
			t.Errorf("%s: says %q, want %q", field, member.Unreadable, says)
		}
		if len([]rune(member.Unreadable)) > 200 || strings.ContainsFunc(member.Unreadable, unwelcome) {
			t.Errorf("%s: not fit to show: %q", field, member.Unreadable)
		}
	}
	missing, err := decodeMember(json.RawMessage(`{"id":"m_1"}`))
	if err != nil || missing.Unreadable != "holdings is missing" {
		t.Errorf("a member without a list of holdings: %q, %v", missing.Unreadable, err)
	}
}

func TestRowWithoutIDIsNone(t *testing.T) {
	for _, text := range []string{`{}`, `{"id":null}`, `{"id":""}`, `{"id":7}`, `{"ID":"m_1"}`, `7`, `null`, `[]`, `{"id":"m\u001b[2J"}`} {
		if _, err := decodeMember(json.RawMessage(text)); !errors.Is(err, errNoID) {
			t.Errorf("member %s: %v", text, err)
		}
		if _, err := decodeMembership(json.RawMessage(text)); !errors.Is(err, errNoID) {
			t.Errorf("membership %s: %v", text, err)
		}
	}
}

func TestMembership(t *testing.T) {
	got, err := decodeMembership(json.RawMessage(`{"id":"ms_1","name":"Off\u001b[1m-peak","kind":"recurring","club_id":"c","archived":true}`))
	if want := (Membership{"ms_1", "Off-peak", Recurring, "c", true}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := decodeMembership(json.RawMessage(`{"id":"ms_1"}`)); err != nil || got.Name != "ms_1" {
		t.Errorf("without a name: %+v, %v", got, err)
	}
	if _, err := decodeMembership(json.RawMessage(`{"id":"ms_1","name":4}`)); err == nil || !strings.Contains(err.Error(), `of membership "ms_1"`) {
		t.Errorf("a name that is a number: %v", err)
	}
}

func TestStatusWords(t *testing.T) {
	for word, want := range map[string]Status{
		"active": Active, " Active ": Active, "PENDING": Pending, "paused": Paused, "Cancelling": Cancelling,
		"cancelled": Cancelled, "expired": Expired, "overdue": Overdue,
		"past due": Overdue, "Past Due": Overdue, "PAST_DUE": Overdue, " past   due ": Overdue, "past\tdue": Overdue,
		"Frozen by Staff": "Frozen by Staff", "canceled": "canceled", "act\x1b[1mive now": "active now", "": "",
	} {
		if got := readStatus(word); got != want {
			t.Errorf("%q is read as %q, want %q", word, got, want)
		}
	}
	for _, known := range []Status{Active, Pending, Paused, Cancelling, Overdue, Cancelled, Expired} {
		if !known.Known() {
			t.Errorf("%q is not known", known)
		}
	}
	for _, unknown := range []Status{"", "Active", "past due", "frozen"} {
		if unknown.Known() {
			t.Errorf("%q is known", unknown)
		}
	}
}

func TestName(t *testing.T) {
	for want, member := range map[string]Member{
		"Ann Lee": {ID: "m", FirstName: " Ann ", LastName: "Lee "},
		"Ann":     {ID: "m", FirstName: "Ann"},
		"Lee":     {ID: "m", LastName: "Lee", Email: "l@example.com"},
		"l@e.com": {ID: "m", Email: "l@e.com"},
		"m":       {ID: "m", FirstName: " "},
	} {
		if got := member.Name(); got != want {
			t.Errorf("%+v is called %q, want %q", member, got, want)
		}
	}
}

func TestPageShape(t *testing.T) {
	for text, says := range map[string]string{
		`[]`:  "has to be an object",
		`"x"`: "has to be an object",
		`{"total":0,"as_of":"2026-01-01T00:00:00Z"}`:                           "data of the page is missing",
		`{"data":{},"total":0,"as_of":"2026-01-01T00:00:00Z"}`:                 "data of the page is {}",
		`{"data":null,"total":0,"as_of":"2026-01-01T00:00:00Z"}`:               "data of the page is null",
		`{"data":[],"as_of":"2026-01-01T00:00:00Z"}`:                           "total of the page is missing",
		`{"data":[],"total":-1,"as_of":"2026-01-01T00:00:00Z"}`:                "total of the page is -1",
		`{"data":[],"total":"9","as_of":"2026-01-01T00:00:00Z"}`:               `total of the page is "9"`,
		`{"data":[],"total":0}`:                                                "as_of of the page is missing",
		`{"data":[],"total":0,"as_of":"today"}`:                                `as_of of the page is "today"`,
		`{"data":[],"total":0,"next_cursor":5,"as_of":"2026-01-01T00:00:00Z"}`: "next_cursor of the page is 5",
	} {
		if _, err := decodePage(json.RawMessage(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", text, err, says)
		}
	}
}

func FuzzMember(f *testing.F) {
	for _, seed := range []string{soundMember, `{"id":"m_1"}`, `{"id":7}`, `[]`, `{"id":"a","holdings":[{}]}`, `{"id":"a","app":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		member, err := decodeMember(body)
		if err != nil {
			return
		}
		if member.ID == "" {
			t.Fatal("a member without an id")
		}
		shown := []string{member.ID, member.Email, member.FirstName, member.LastName, member.Unreadable, member.Name()}
		for _, holding := range member.Holdings {
			shown = append(shown, holding.ID, holding.MembershipID, string(holding.Status), holding.PrimaryMemberID)
			if member.Unreadable == "" && (holding.MembershipID == "" || holding.StartsOn.IsZero()) {
				t.Fatalf("a holding that was not read passed as sound: %+v", holding)
			}
		}
		for _, text := range shown {
			if strings.ContainsFunc(text, unwelcome) {
				t.Fatalf("%q would reach a terminal", text)
			}
		}
	})
}

func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"id":"m_1"}],"next_cursor":null,"total":1,"as_of":"2026-01-01T00:00:00Z"}`,
		`{"data":[],"next_cursor":"","total":0,"as_of":"2026-01-01T00:00:00Z"}`, `{}`, `[]`, `null`, `{"data":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodePage(body)
		if err == nil && (page.total < 0 || page.asOf.IsZero() && !strings.Contains(string(body), "0001-01-01")) {
			t.Fatalf("%s was read as %+v", body, page)
		}
		if err != nil && strings.ContainsFunc(err.Error(), unwelcome) {
			t.Fatalf("%q would reach a terminal", err)
		}
	})
}
