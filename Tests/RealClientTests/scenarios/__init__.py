"""Scenarios with the real client, beside the cycles: SCENARIOS in `make test`, LONGER ones besides in `make clients`."""
from . import both_orders, deferral, interrupted

SCENARIOS = {
    "interrupted-apply": interrupted.Apply,
    "interrupted-rollback": interrupted.Rollback,
    "interrupted-rollback-used": interrupted.RollbackUsed,
    "both-orders": both_orders.BothOrders,
    "both-orders-two-runs": both_orders.TwoRuns,
    "deferral": deferral.Deferral,
}
LONGER = {
    "both-orders-reversed": both_orders.OneRunReversed,
    "both-orders-two-runs-reversed": both_orders.TwoRunsReversed,
    "interrupted-apply-two": interrupted.ApplyTwo,
    "interrupted-rollback-two": interrupted.RollbackTwo,
    "interrupted-apply-unified": interrupted.ApplyUnified,
    "interrupted-rollback-unified": interrupted.RollbackUnified,
}
