package org.ringwall.loader.apply;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The folders and names of a bpffs; the objects behind the names are {@link org.ringwall.loader.bpf.Bpf}'s. */
public interface PinStore {
    /** Where instances live: `/sys/fs/bpf/ringwall/v1`. */
    Path root();

    /** Makes a folder, and those above it as far as they are missing; one that exists is fine. */
    void createFolder(Path folder);

    /** Refuses a folder in which no name can be made or removed, as on a bpffs that is mounted read-only. */
    void checkWritable(Path folder);

    /** The names in a folder, sorted; none where it does not exist. */
    List<String> list(Path folder);

    /** Removes the name of an object; one that is gone is fine. */
    void unlink(Path pin);

    /** Gives an object another name, in the place of what has that one now. */
    void rename(Path from, Path to);

    /** Removes an empty folder; one that is gone is fine. */
    void removeFolder(Path folder);

    /** Takes the exclusive lock of a folder that exists; empty where another holds it or the folder went away. */
    Optional<Lock> tryLock(Path folder);

    /** A lock that is held until it is closed, or this process ends. */
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }
}
