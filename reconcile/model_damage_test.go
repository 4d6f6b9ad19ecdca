package reconcile

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"kisiflow/access"
	"kisiflow/kisi"
	"kisiflow/store"
)

// buckets lists what the state file is made of.
func buckets(t *testing.T, path string) (names []string) {
	t.Helper()
	inFile(t, path, func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error { names = append(names, string(name)); return nil })
	})
	return names
}

func inFile(t *testing.T, path string, write func(*bbolt.Tx) error) {
	t.Helper()
	file, err := bbolt.Open(path, 0o600, nil)
	if err == nil {
		err = file.Update(write)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// spoil makes every record of a bucket unreadable.
func spoil(t *testing.T, path, bucket string) (records int) {
	inFile(t, path, func(tx *bbolt.Tx) error {
		records = 0
		var keys [][]byte
		inside := tx.Bucket([]byte(bucket))
		if err := inside.ForEach(func(key, value []byte) error {
			if value != nil {
				keys = append(keys, slices.Clone(key))
			}
			return nil
		}); err != nil {
			return err
		}
		for _, key := range keys {
			records++
			if err := inside.Put(key, []byte(`{"spoilt`)); err != nil {
				return err
			}
		}
		return nil
	})
	return records
}

// full is a world whose state file has something in every bucket that a removal depends on, and a member who is to lose access.
func full(t *testing.T) *world {
	w := newWorld(t, 0, 2)
	w.members(8, "ms")
	user := w.kisi.AddUser(kisi.User{Name: "old", Email: "old@x.example", AccessEnabled: true})
	w.kisi.AddRight("Group", w.groups[0].ID, kisi.RoleBasic, "User", user.ID, w.kisi.Owner.ID)
	w.settings.AdoptNone = true
	w.setUp("ms", w.groups[0])
	w.sync(0)
	w.member("old", "ms")
	w.kisi.RemoveRight(w.rightOf("m007", w.groups[0]).ID)
	w.gymflow.Gym.Remove("m006")
	for i := range 3 {
		w.cancel("m00" + string(rune('0'+i)))
	}
	w.undoable = w.sync(0).ID
	_ = w.runInto(&reaper{at: 9})
	w.cancel("m003")
	if err := w.store.Update(func(tx *store.Tx) error {
		_, err := tx.PutRequest(store.Request{Kind: "sync", Trigger: "admin"})
		if err == nil {
			err = tx.PutOverride(access.Override{MemberID: "m000", Kind: access.Block})
		}
		if err == nil {
			_, err = tx.OpenIntent(store.Intent{Kind: store.IntentGrant, UserID: user.ID, GroupID: w.groups[0].ID, MemberID: "m001"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestASpoiltStateFileTakesNothingAway: whatever can't be read of the state file, kisiflow says so or goes on without it, and
// never removes a right that the whole file would have kept.
func TestASpoiltStateFileTakesNothingAway(t *testing.T) {
	t.Parallel()
	w := full(t)
	whole, err := os.ReadFile(w.store.Path())
	if err != nil {
		t.Fatal(err)
	}
	var would []string // what the whole file leads to
	for _, bucket := range append([]string{"nothing", "everything"}, buckets(t, w.store.Path())...) {
		t.Run(bucket, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			for _, file := range []string{"", ".identity"} {
				content, err := os.ReadFile(w.store.Path() + file)
				if err != nil {
					t.Fatal(err)
				}
				if file == "" {
					content = whole
				}
				if err := os.WriteFile(path+file, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			state, err := store.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			records := 0
			for _, name := range buckets(t, path) {
				if name != "meta" && (bucket == name || bucket == "everything") {
					records += spoil(t, path, name)
				}
			}
			said, removals := w.tryAll(t, New(state, w.options))
			if bucket == "nothing" {
				would = removals
				if len(would) == 0 {
					t.Fatal("the scene takes nobody out, so that it proves nothing")
				}
			}
			t.Logf("%d records, %d of the calls say so", records, said)
			if essential := slices.Contains([]string{"singles", "secrets", "ledger", "everything"}, bucket); essential && said == 0 {
				t.Error("nothing says that the file can't be read")
			}
			for _, removal := range removals {
				if !slices.Contains(would, removal) {
					t.Errorf("%s, which the whole file would not have led to", removal)
				}
			}
		})
	}
}

// tryAll calls everything that reads or writes the state file, and counts the errors. Kisi refuses all writes meanwhile, so
// that each bucket meets the same world; what was to be deleted is given back.
func (w *world) tryAll(t *testing.T, engine *Engine) (said int, removals []string) {
	engine.retryPause = 1
	w.kisi.Wrap(refuseWriting(&removals))
	defer w.kisi.Wrap(nil)
	preview, _ := w.engine.Preview(t.Context(), w.settings, w.to, nil)
	calls := []func() error{
		func() error { _, err := engine.Adopt(preview.Others, "test"); return err },
		func() error { _, err := engine.PlanUndo(w.undoable); return err },
		func() error {
			return engine.ChangeSettings("test", func(settings *store.Settings) { settings.GraceDays++ })
		},
	}
	for _, operation := range operations() { // the last of them takes all of ours back
		if operation.name != "take back" {
			calls = append(calls, func() error { return operation.do(w, engine) })
		}
	}
	calls = append(calls, func() error { return engine.Disable("test", false) }, func() error { return engine.Enable("test") })
	for _, call := range calls {
		if err := call(); err != nil {
			said++
		}
	}
	return said, removals
}

func refuseWriting(removals *[]string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
			if in.Method == http.MethodDelete {
				*removals = append(*removals, in.Method+" "+in.URL.Path)
			}
			if in.Method != http.MethodGet {
				out.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(out, in)
		})
	}
}
