// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.instance;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.ringwall.bpf.object.Bytes;
import org.ringwall.bundle.Archive;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Provenance;
import org.ringwall.loader.object.Admission;
import org.ringwall.loader.object.PolicyObject;

/** An admission that also records which versions come into force. */
public interface RecordedAdmission extends Admission {
    /** An admission of every file and version. */
    RecordedAdmission ALL = new RecordedAdmission() {
        @Override
        public boolean admitsAll() {
            return true;
        }

        @Override
        public void checkObject(String file) {
            // Every object is admitted.
        }

        @Override
        public Content checkSignatures(String file, Archive archive) {
            return manifest -> Map.of();
        }

        @Override
        public Recording applying(PolicyObject policy, boolean lasting, Locks locks, Supplier<List<Origin>> inForce) {
            return Recording.NONE;
        }

        @Override
        public Recording confirming(Confirmed confirmed, Locks locks) {
            return Recording.NONE;
        }
    };

    /** What takes the exclusive lock of a folder, as soon as no other process holds it. */
    @FunctionalInterface
    interface Locks {
        /**
         * Takes the lock.
         *
         * @throws HostException if another process holds it for too long
         */
        PinStore.Lock take(Path folder);
    }

    /**
     * The origin of a version in force.
     *
     * @param bundle the stored manifest and signatures of its bundle, if any
     */
    record Origin(Provenance provenance, Optional<Bytes> bundle) {}

    /**
     * A version that is about to be confirmed.
     *
     * @param replaced the origin of the version before
     * @param others reads the origins of the other instances of the policy in force
     */
    record Confirmed(String policy, Origin origin, Optional<Provenance> replaced, Supplier<List<Provenance>> others) {}

    /**
     * The record of a version that is about to come into force. Until it is closed no other process
     * can record a version.
     */
    interface Recording extends AutoCloseable {
        /** A recording of nothing. */
        Recording NONE = new Recording() {
            @Override
            public void undo() {
                // Nothing was recorded.
            }

            @Override
            public void close() {
                // Nothing is locked.
            }

            @Override
            public Optional<String> finish() {
                return Optional.empty();
            }
        };

        /**
         * Restores the record, because the version is not in force.
         *
         * @throws HostException if that fails: the record then names the version
         */
        void undo();

        /** Lets other processes record. */
        @Override
        void close();

        /**
         * Lowers the record if the version is lower than that before, which is no longer in force.
         * The record of a version that waits to be confirmed stays.
         *
         * @return a phrase if the version is lower, such as `7 after 8`
         * @throws HostException if that fails: the record then names the higher version
         */
        Optional<String> finish();
    }

    /**
     * Admits a version once more and records it on disk, immediately before it comes into force, so
     * that a process that ends at any time leaves either the version before in force or this one
     * recorded. The caller holds the lock of the instance.
     *
     * @param lasting whether it stays in force without a confirmation; else nothing is recorded
     * @param inForce reads the origins of the instances of the policy in force, which count like
     *     the record: that can be an old one, restored from a backup
     * @throws HostException if a higher version was recorded meanwhile, or this one cannot be
     */
    Recording applying(PolicyObject policy, boolean lasting, Locks locks, Supplier<List<Origin>> inForce);

    /**
     * Records a version on disk immediately before it is confirmed. The caller holds the lock of
     * the instance.
     *
     * @throws HostException if it cannot be recorded
     */
    Recording confirming(Confirmed confirmed, Locks locks);
}
