package gymflowtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kisiflow/gymflow/gymflowtest"
)

// by asks a control endpoint over HTTP: "METHOD /path BODY".
func by(t *testing.T, s *gymflowtest.Server, line string) (status int, body map[string]any) {
	t.Helper()
	method, rest, _ := strings.Cut(line, " ")
	path, sent, _ := strings.Cut(rest, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return answer.StatusCode, body
}

func controlled(t *testing.T) *gymflowtest.Server {
	t.Helper()
	s := start(t, gymflowtest.Options{Members: 60, Seed: 7, Now: noon})
	s.ServeControl(nil)
	return s
}

func TestControlIsOnlyServedWhenAsked(t *testing.T) {
	s := start(t, gymflowtest.Options{Members: 3})
	if status, _ := by(t, s, "GET /sim/members"); status != 401 {
		t.Errorf("/sim answers %d on a simulator without control", status)
	}
}

// TestControlChangesAMember looks at the contract after each change, not at what control says.
func TestControlChangesAMember(t *testing.T) {
	s := controlled(t)
	for _, step := range []struct{ change, want string }{
		{`{"invoice":"unpaid"}`, "overdue overdue_since=2026-03-02 owes=2026-03-02"},
		{`{"invoice":"paid"}`, "active"},
		{`{"status":"overdue"}`, "overdue overdue_since=2026-03-02 owes=2026-03-02"},
		{`{"status":"active"}`, "active overdue_since=2026-03-02 owes=2026-03-02"},
		{`{"invoice":"paid"}`, "active"},
		{`{"status":"paused"}`, "paused paused_from=2026-03-02"},
		{`{"status":"paused","paused_from":"2026-02-01","resumes_on":"2026-04-01"}`, "paused paused_from=2026-02-01 resumes_on=2026-04-01"},
		{`{"status":"active","paused_from":"2026-03-10","resumes_on":"2026-03-20"}`, "active paused_from=2026-03-10 resumes_on=2026-03-20"},
		{`{"status":"cancelling"}`, "cancelling ends_on=2026-04-01"},
		{`{"status":"cancelled"}`, "cancelled ends_on=2026-03-01"},
		{`{"status":"active"}`, "active"},
		{`{"status":"expired"}`, "expired ends_on=2026-03-01"},
		{`{"status":"active","ends_on":"2026-12-31"}`, "active ends_on=2026-12-31"},
		{`{"ends_on":""}`, "active"},
		{`{"blocked":true,"email":"a@b.example"}`, "active blocked"},
		{`{"blocked":false,"first_name":"Zoë"}`, "active"},
	} {
		if status, body := by(t, s, "POST /sim/members/m_1 "+step.change); status != 200 {
			t.Fatalf("%s: %d %v", step.change, status, body)
		}
		_, member := ask(t, s, "/v1/members/m_1")
		holding := member["holdings"].([]any)[0].(map[string]any)
		got := holding["status"].(string)
		for _, date := range []string{"ends_on", "paused_from", "resumes_on", "overdue_since"} {
			if holding[date] != nil {
				got += " " + date + "=" + holding[date].(string)
			}
		}
		if member["overdue_since"] != nil {
			got += " owes=" + member["overdue_since"].(string)
		}
		if member["blocked"] == true {
			got += " blocked"
		}
		if got != step.want {
			t.Errorf("after %s: %q, want %q", step.change, got, step.want)
		}
	}
	if _, member := ask(t, s, "/v1/members/m_1"); member["email"] != "a@b.example" || member["first_name"] != "Zoë" || member["updated_at"] != "2026-03-02T12:00:00Z" {
		t.Errorf("%v", member)
	}
	if _, member := by(t, s, "POST /sim/members/A@B.example "+`{"email":""}`); member["email"] != nil {
		t.Errorf("by e-mail: %v", member)
	}
}

func TestControlChangesTheRoster(t *testing.T) {
	s := controlled(t)
	total := func() int { _, page := ask(t, s, "/v1/members"); return int(page["total"].(float64)) }
	for _, step := range []struct {
		line string
		want int
	}{
		{`POST /sim/members {"membership":"Unlimited Monthly","email":"nora@x.example"}`, 61},
		{`POST /sim/members {"membership":"ms_6","status":"pending","starts_on":"2026-05-01"}`, 62},
		{"POST /sim/members/m_3/vanish", 61},
		{"POST /sim/members/nora@x.example/vanish", 60},
		{"POST /sim/members/m_3/return", 61},
		{`POST /sim/roster {"show":"half"}`, 31},
		{`POST /sim/roster {"show":"none"}`, 0},
		{`POST /sim/roster {"show":"all"}`, 62},
		{`POST /sim/roster {"show":"all"}`, 62},
	} {
		if status, body := by(t, s, step.line); status != 200 || total() != step.want {
			t.Fatalf("%s: %d %v, the roster has %d, want %d", step.line, status, body, total(), step.want)
		}
	}
	status, nora := ask(t, s, "/v1/members/m_sim_1")
	if holding := nora["holdings"].([]any)[0].(map[string]any); status != 200 || holding["status"] != "active" || holding["membership_id"] != "ms_1" {
		t.Errorf("%d %v", status, nora)
	}
	if status, _ := ask(t, s, "/v1/members/m_3"); status != 200 {
		t.Errorf("m_3 is back, but asked alone: %d", status)
	}
}

func TestControlRevokesAndReplacesTheToken(t *testing.T) {
	s := controlled(t)
	answers := func(token string) int { status, _ := send(t, s, "GET", "/v1/account", "Bearer "+token); return status }
	by(t, s, "POST /sim/token/revoke")
	if got, empty := answers(s.Token), answers(""); got != 401 || empty != 401 {
		t.Errorf("the revoked token answers %d, an empty one %d", got, empty)
	}
	_, made := by(t, s, "POST /sim/token")
	fresh := made["token"].(string)
	if old, now := answers(s.Token), answers(fresh); old != 401 || now != 200 {
		t.Errorf("the old token answers %d, the new one %d", old, now)
	}
	dump, err := s.Dump()
	if err != nil {
		t.Fatal(err)
	}
	again, err := gymflowtest.Restore(dump, gymflowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if status, _ := send(t, again, "GET", "/v1/account", "Bearer "+fresh); status != 200 {
		t.Errorf("taken up again, the new token answers %d", status)
	}
}

func TestControlSwitchesFaultsAndGoesRoundThem(t *testing.T) {
	s := controlled(t)
	before := s.Requests()
	for _, step := range []struct {
		line string
		want int
	}{
		{`POST /sim/faults {"on":"gymflow:html-502"}`, 502}, {`POST /sim/faults {"on":"unauthorized-after:0"}`, 401},
		{`POST /sim/faults {"off":"unauthorized-after"}`, 200}, {`POST /sim/faults {"on":"forbidden"}`, 403}, {`POST /sim/faults {"off":"all"}`, 200},
	} {
		if status, body := by(t, s, step.line); status != 200 {
			t.Errorf("%s: %d %v", step.line, status, body)
		}
		transport := &http.Transport{DisableKeepAlives: true}
		request, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1/account", nil)
		request.Header.Set("Authorization", "Bearer "+s.Token)
		answer, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != step.want {
			t.Errorf("after %s: %d", step.line, answer.StatusCode)
		}
	}
	if counted := s.Requests() - before; counted != 5 {
		t.Errorf("%d requests counted: control's own are not Gymflow's", counted)
	}
}

func TestControlRefusesInSentences(t *testing.T) {
	s := controlled(t)
	by(t, s, `POST /sim/members/m_4 {"email":"twin@x.example"}`)
	by(t, s, `POST /sim/members/m_5 {"email":"twin@x.example"}`)
	for _, test := range []struct{ line, names string }{
		{"POST /sim/members/m_999 " + `{"blocked":true}`, `"m_999"`},
		{"GET /sim/members/nobody@x.example", `"nobody@x.example"`},
		{"GET /sim/members/twin@x.example", "m_4 and m_5"},
		{"GET /sim/members?status=gone", `"gone"`},
		{"POST /sim/members/m_1", `"m_1"`},
		{`POST /sim/members/m_1 {"status":"actve"}`, `"actve"`},
		{`POST /sim/members/m_1 {"stats":"active"}`, `"stats"`},
		{`POST /sim/members/m_1 {"blocked":"yes"}`, `"blocked"`},
		{`POST /sim/members/m_1 {"blocked":true} x`, "more"},
		{`POST /sim/members/m_1 nonsense`, "not a JSON object"},
		{`POST /sim/members/m_1 {"ends_on":"2026-02-30"}`, `ends_on "2026-02-30"`},
		{`POST /sim/members/m_1 {"ends_on":"1999-01-01"}`, `ends_on "1999-01-01"`},
		{`POST /sim/members/m_1 {"starts_on":""}`, "starts_on"},
		{`POST /sim/members/m_1 {"status":"paused","resumes_on":"2026-01-01"}`, `resumes_on "2026-01-01"`},
		{`POST /sim/members/m_1 {"invoice":"perhaps"}`, `"perhaps"`},
		{`POST /sim/members/m_1 {"holding":"h_999","status":"active"}`, `"h_999"`},
		{`POST /sim/members/m_1 {"email":"no address"}`, `"no address"`},
		{`POST /sim/members {"membership":"Gold"}`, `"Gold"`},
		{"POST /sim/members/m_1/return", `"m_1"`},
		{"POST /sim/members/m_999/vanish", `"m_999"`},
		{`POST /sim/roster {"show":"some"}`, `"some"`},
		{`POST /sim/faults {"on":"nonsense"}`, `"nonsense"`},
		{`POST /sim/faults {"off":"down"}`, `"down"`},
		{`POST /sim/faults {}`, `"on"`},
	} {
		status, body := by(t, s, test.line)
		if said, _ := body["error"].(string); status != 400 || !strings.Contains(said, test.names) || !strings.HasSuffix(said, ".") {
			t.Errorf("%s: %d %q, want a sentence with %s", test.line, status, said, test.names)
		}
	}
	if status, body := by(t, s, "POST /sim/nowhere"); status != 404 || !strings.Contains(body["error"].(string), "GET /sim lists") {
		t.Errorf("%d %v", status, body)
	}
	if _, member := by(t, s, "GET /sim/members/m_1"); member["updated_at"] == "2026-03-02T12:00:00Z" {
		t.Errorf("a refused change changed something: %v", member)
	}
}
