package kisi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kisiflow/kisi"
)

// Whatever happens to single pages, a list that is returned without an error is the whole list. A total that
// is too low on the only page is left out: nobody could tell it from the truth.
func TestAListIsWholeOrAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.SampledFrom([]int{0, 1, 99, 100, 101, 201}).Draw(t, "total")
		faults := rapid.SliceOfN(rapid.SampledFrom([]string{
			"", "", "", "", "short", "empty", "repeated", "no range", "one more", "500", "cut",
		}), 0, 15).Draw(t, "faults")
		asked := 0
		page := func(r *http.Request) (*http.Response, error) {
			fault := ""
			if asked < len(faults) {
				fault = faults[asked]
			}
			asked++
			offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
			limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
			told := total
			rows := []map[string]int{}
			from := offset
			if fault == "repeated" {
				from = max(0, offset-limit)
			}
			for id := from + 1; id <= min(from+limit, total); id++ {
				rows = append(rows, map[string]int{"id": id})
			}
			switch fault {
			case "short":
				rows = rows[:len(rows)/2]
			case "empty":
				rows = nil
			case "one more":
				told++
			case "500":
				return reply(500, "")(r)
			}
			body, _ := json.Marshal(append([]map[string]int{}, rows...))
			if fault == "cut" {
				body = body[:len(body)-1]
			}
			if fault == "no range" {
				return reply(200, string(body))(r)
			}
			return reply(200, string(body), "X-Collection-Range", fmt.Sprintf("%d-%d/%d", offset, offset+limit-1, told))(r)
		}
		client, err := kisi.New(kisi.Options{
			BaseURL: "http://localhost", Key: "key", Rate: 1e6, RetryPause: time.Nanosecond,
			Transport: &scripted{script: []func(*http.Request) (*http.Response, error){page}},
		})
		if err != nil {
			t.Fatal(err)
		}
		users, err := client.Users(t.Context(), nil)
		if err != nil {
			return
		}
		seen := map[int64]bool{}
		for _, user := range users {
			seen[user.ID] = true
		}
		if len(seen) != len(users) || len(users) != total {
			t.Fatalf("%d users, %d distinct, want %d, after %d requests", len(users), len(seen), total, asked)
		}
	})
}
