"""Scenarios with the real clients, beside the cycles: SCENARIOS in `make test`, LONGER ones besides in `make clients`."""
from . import (both_orders, certificate, deferral, evolution_certificate, evolution_finish, evolution_mixed, evolution_redo,
               evolution_running, interrupted, options, primary_password,
               running_client, user_changes)

SCENARIOS = {
    "interrupted-apply": interrupted.Apply,
    "interrupted-rollback": interrupted.Rollback,
    "interrupted-rollback-used": interrupted.RollbackUsed,
    "both-orders": both_orders.BothOrders,
    "both-orders-two-runs": both_orders.TwoRuns,
    "deferral": deferral.Deferral,
    "user-changes": user_changes.UserChanges,
    "primary-password": primary_password.PrimaryPassword,
    "running-client": running_client.RunningClient,
    "certificate-exception": certificate.CertificateException,
    "path-prefix": options.PathPrefix,
    "offline-mail": options.OfflineMail,
    "evolution-running-client": evolution_running.RunningClient,
    "evolution-running-registry": evolution_running.RunningRegistry,
    "evolution-registry-commit": evolution_running.RegistryCommit,
    "evolution-redo": evolution_redo.Redo,
    "evolution-certificate-exception": evolution_certificate.CertificateException,
    "evolution-finish": evolution_finish.Finish,
    "evolution-finish-interrupted": evolution_finish.FinishInterrupted,
    "mixed-home": evolution_mixed.MixedHome,
}
LONGER = {
    "path-prefix-unset": options.PathPrefixUnset,
    "both-orders-reversed": both_orders.OneRunReversed,
    "both-orders-two-runs-reversed": both_orders.TwoRunsReversed,
    "interrupted-apply-two": interrupted.ApplyTwo,
    "interrupted-rollback-two": interrupted.RollbackTwo,
    "interrupted-apply-unified": interrupted.ApplyUnified,
    "interrupted-rollback-unified": interrupted.RollbackUnified,
}
