package live

import (
	"context"

	"kisiflow/access"
	"kisiflow/reconcile"
	"kisiflow/store"
)

// engine is what the live view asks of the engine itself. All else goes through the state file. Each of these is called
// from a command, never from Update.
type engine interface {
	Adopt(foreign []access.Foreign, by string) (int, error)
	Override(override access.Override, sync bool) (reconcile.Overridden, error)
	CheckMember(ctx context.Context, memberID string, step func(reconcile.Step)) (reconcile.MemberCheck, error)
	LastUnlocks(ctx context.Context, memberID string) (reconcile.Unlocks, error)
	PlanUndo(runID string) (reconcile.UndoPlan, error)
	ReplaceKey(ctx context.Context, key string) (store.KeyFacts, error)
	ChangeSettings(by string, change func(*store.Settings)) error
	Disable(by string, takeBack bool) error
	Enable(by string) error
}
