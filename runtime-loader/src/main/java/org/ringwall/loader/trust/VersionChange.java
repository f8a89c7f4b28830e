// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.instance.RecordedAdmission;

/**
 * A change of the version that is recorded for a policy. A higher version is recorded before it is
 * in force, a lower one, or another bundle of the same version, after it is: so a process that
 * ends in between leaves no version in force
 * that is higher than the record.
 */
final class VersionChange implements RecordedAdmission.Recording {
    private final VersionStore store;
    private final String policy;
    private final Recorded version;
    private final RecordedAdmission.Locks locks;
    private final PinStore.Lock lock;
    private Optional<Recorded> before = Optional.empty();
    private boolean raised;
    private boolean lowers;
    private boolean reported;

    /** Creates a change that holds the lock of the record, and has not read it. */
    VersionChange(VersionStore store, String policy, Recorded version, RecordedAdmission.Locks locks) {
        this.store = store;
        this.policy = policy;
        this.version = version;
        this.locks = locks;
        this.lock = locks.take(store.lock());
    }

    /**
     * Records the version if it is higher than that before. A record that cannot be read refuses
     * all bundles, so that it can wait for the end of the change.
     *
     * @param lasting whether the version stays in force; else nothing is recorded
     * @param lowering whether it may replace this higher one at the end of the change
     */
    VersionChange begin(boolean lasting, Predicate<Recorded> lowering) {
        Optional<SortedMap<String, Recorded>> record = store.readable();
        before = recorded(record);
        boolean higher = before.filter(each -> each.refuses(version)).isPresent();
        lowers = lasting
                && (record.isEmpty() || higher && before.filter(lowering).isPresent());
        reported = higher && (lowers || !lasting);
        if (lasting && record.isPresent() && !higher && !before.equals(Optional.of(version))) {
            write(record.get(), Optional.of(version));
            raised = true;
        }
        return this;
    }

    private Optional<Recorded> recorded(Optional<SortedMap<String, Recorded>> record) {
        return record.flatMap(versions -> Optional.ofNullable(versions.get(policy)));
    }

    private void write(SortedMap<String, Recorded> versions, Optional<Recorded> now) {
        now.ifPresentOrElse(each -> versions.put(policy, each), () -> versions.remove(policy));
        store.write(versions);
    }

    @Override
    public void undo() {
        if (raised) {
            write(store.read(), before);
        }
    }

    @Override
    public void close() {
        lock.close();
    }

    @Override
    public Optional<String> finish() {
        if (lowers) {
            try (PinStore.Lock ignored = locks.take(store.lock())) {
                Optional<SortedMap<String, Recorded>> record = store.readable();
                // Another process may have recorded a higher version, which then stays.
                if (recorded(record).equals(before)) {
                    write(record.orElseGet(TreeMap::new), Optional.of(version));
                }
            }
        }
        return before.filter(each -> reported).map(each -> each.phrase(version.version()));
    }
}
