package gymflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shelf serves members in pages of any sizes, and lets a test bend each page.
type shelf struct {
	pages [][]string // ids
	bend  func(read, number int, page map[string]any)
	reads int
	limit []string
}

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	body := emptyPage
	switch r.URL.Path {
	case "/bridge/v1/account":
		body = soundAccount
	case "/bridge/v1/members":
		body = s.page(r)
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (s *shelf) page(r *http.Request) string {
	s.limit = append(s.limit, r.URL.Query().Get("limit"))
	number, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	if number == 0 {
		s.reads++
	}
	total := 0
	for _, page := range s.pages {
		total += len(page)
	}
	rows := []map[string]any{}
	if number < len(s.pages) {
		for _, id := range s.pages[number] {
			rows = append(rows, map[string]any{"id": id, "first_name": "N" + id, "holdings": []any{}})
		}
	}
	page := map[string]any{"data": rows, "next_cursor": nil, "total": total, "as_of": "2026-01-01T00:00:00Z"}
	if number+1 < len(s.pages) {
		page["next_cursor"] = strconv.Itoa(number + 1)
	}
	if s.bend != nil {
		s.bend(s.reads, number, page)
	}
	body, _ := json.Marshal(page)
	return string(body)
}

func (s *shelf) roster(t interface {
	Helper()
	Fatal(...any)
}, progress func(int, int)) (Roster, error) {
	t.Helper()
	h, err := NewHTTP(HTTPOptions{BaseURL: "https://gym.example.com/bridge", Token: "x", Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	h.limiter.SetLimit(1e9)
	h.limiter.SetBurst(1e9)
	return h.Roster(context.Background(), progress)
}

func TestPageOrderAndSizeDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`m_[0-9]{1,3}`), 0, 30, rapid.ID[string]).Draw(t, "ids")
		read := func(ids []string, label string) []Member {
			s := &shelf{}
			for rest := ids; len(rest) > 0 || len(s.pages) == 0; {
				size := min(rapid.IntRange(0, 7).Draw(t, label), len(rest))
				s.pages, rest = append(s.pages, rest[:size]), rest[size:]
			}
			roster, err := s.roster(t, nil)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(roster.Members, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
			return roster.Members
		}
		one := read(ids, "sizes")
		other := read(rapid.Permutation(ids).Draw(t, "order"), "other sizes")
		if difference := cmp.Diff(one, other); difference != "" || len(one) != len(ids) {
			t.Fatalf("%d of %d: %s", len(one), len(ids), difference)
		}
	})
}

// Whatever goes wrong with pages, a short or padded roster is never passed off as a whole one.
func TestNoBentReadPassesAsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.IntRange(1, 4).Draw(t, "pages")
		s := &shelf{}
		for page := range pages {
			ids := []string{}
			for row := range rapid.IntRange(1, 4).Draw(t, "rows") {
				ids = append(ids, fmt.Sprintf("m_%d_%d", page, row))
			}
			s.pages = append(s.pages, ids)
		}
		at := rapid.IntRange(0, pages-1).Draw(t, "bent page")
		ways := []string{"lose", "empty", "repeat row", "back", "total up", "total down", "no id"}
		if at < pages-1 { // the last page stops anyway
			ways = append(ways, "stop early")
		}
		how := rapid.SampledFrom(ways).Draw(t, "how")
		s.bend = func(_, number int, page map[string]any) {
			rows := page["data"].([]map[string]any)
			switch {
			case how == "total up":
				page["total"] = page["total"].(int) + 1
			case how == "total down":
				page["total"] = page["total"].(int) - 1
			case number != at:
			case how == "lose":
				page["data"] = rows[1:]
			case how == "empty":
				page["data"] = []any{}
			case how == "repeat row":
				page["data"] = append(rows, rows[0])
			case how == "stop early":
				page["next_cursor"] = nil
			case how == "back":
				page["next_cursor"] = strconv.Itoa(number)
			case how == "no id":
				delete(rows[0], "id")
			}
		}
		roster, err := s.roster(t, nil)
		if !errors.Is(err, ErrIncomplete) || len(roster.Members) != 0 {
			t.Fatalf("%s of page %d: %d members, %v", how, at, len(roster.Members), err)
		}
		if s.reads < 3 && how != "back" || s.reads > 3+3 {
			t.Fatalf("%s: read %d times, want the read and two more", how, s.reads)
		}
	})
}

func TestABrokenReadIsReadAgain(t *testing.T) {
	for _, mendedAt := range []int{2, 3, 4} {
		s := &shelf{pages: [][]string{{"m_1", "m_2"}, {"m_3"}}}
		s.bend = func(read, number int, page map[string]any) {
			if read < mendedAt && number == 1 {
				page["data"] = []any{}
			}
		}
		roster, err := s.roster(t, nil)
		if mendedAt <= 3 && (err != nil || len(roster.Members) != 3) {
			t.Errorf("mended at read %d: %d members, %v", mendedAt, len(roster.Members), err)
		}
		if mendedAt == 4 && (!errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "2 came of the 3")) {
			t.Errorf("never mended: %v", err)
		}
	}
}

func TestOnlyTheLastTotalCounts(t *testing.T) {
	s := &shelf{pages: [][]string{{"m_1", "m_2"}, {"m_3"}}, bend: func(_, number int, page map[string]any) {
		if number == 0 {
			page["total"] = 2 // somebody joined while the pages were read
		}
	}}
	if roster, err := s.roster(t, nil); err != nil || len(roster.Members) != 3 {
		t.Errorf("%d members, %v", len(roster.Members), err)
	}
}

func TestACursorWithoutEndIsSeen(t *testing.T) {
	calls := 0
	s := &shelf{pages: [][]string{{"m_1"}}, bend: func(_, _ int, page map[string]any) {
		calls++
		page["data"], page["next_cursor"] = []any{}, fmt.Sprint(1000+calls)
	}}
	_, err := s.roster(t, nil)
	if !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "no end") {
		t.Error(err)
	}
	if calls > 3*(sparePages+5) {
		t.Errorf("%d calls before that was seen", calls)
	}
}

func TestRosterTellsAgeAndProgress(t *testing.T) {
	s := &shelf{pages: [][]string{{"m_1", "m_2"}, {"m_3"}}, bend: func(_, number int, page map[string]any) {
		page["as_of"] = fmt.Sprintf("2025-12-31T0%d:00:00Z", 9-number)
	}}
	var steps [][2]int
	roster, err := s.roster(t, func(read, total int) { steps = append(steps, [2]int{read, total}) })
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2025, 12, 31, 8, 0, 0, 0, time.UTC); !roster.AsOf.Equal(want) {
		t.Errorf("as of %v, want the oldest, %v", roster.AsOf, want)
	}
	if !slices.Equal(steps, [][2]int{{2, 3}, {3, 3}}) {
		t.Errorf("progress %v", steps)
	}
	if !slices.Equal(s.limit, []string{"200", "200"}) {
		t.Errorf("limits %v: the default of 50 costs four times the requests", s.limit)
	}
	if roster.Account.Name != "Riverside Gym" || roster.ReadAt.IsZero() {
		t.Errorf("%+v", roster)
	}
}

func TestAForgottenCursorBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := `{"data":[{"id":"m_1","holdings":[]}],"next_cursor":"c","total":2,"as_of":"2026-01-01T00:00:00Z"}`
		whole := `{"data":[{"id":"m_1","holdings":[]}],"next_cursor":null,"total":1,"as_of":"2026-01-01T00:00:00Z"}`
		s := &script{answers: []func(*http.Request) (*http.Response, error){
			says(200, soundAccount), says(200, emptyPage), says(200, first),
			says(400, `{"error":{"code":"bad_cursor","message":"too old"}}`), says(200, whole),
		}}
		roster, err := source(t, s).Roster(t.Context(), nil)
		if err != nil || len(roster.Members) != 1 {
			t.Errorf("%d members, %v", len(roster.Members), err)
		}
	})
}
