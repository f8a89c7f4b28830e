// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.bpf.Anchor;
import org.ringwall.loader.bpf.Attached;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.bpf.LinkInfo;
import org.ringwall.loader.bpf.MapInfo;
import org.ringwall.loader.bpf.MapSpec;
import org.ringwall.loader.bpf.ProgInfo;
import org.ringwall.loader.bpf.ProgSpec;
import org.ringwall.loader.bpf.SharedArray;
import org.ringwall.loader.cgroup.CgroupView;
import org.ringwall.loader.instance.PinStore;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.Lookup;
import org.ringwall.sys.ErrorNumber;
import org.ringwall.sys.Fd;

/**
 * A minimal in-memory kernel that refuses at a chosen step, or the process dies there. An object
 * lives while a descriptor, a pin or another object refers to it.
 */
public final class FakeKernel extends PartialBpf implements PinStore, CgroupView {
    final Map<Path, FakeObject> pinned = new TreeMap<>();
    public final Set<Path> folders = new TreeSet<>(Set.of(root()));
    final Set<Path> locked = new HashSet<>();
    public final List<String> log = new ArrayList<>();
    final Map<Long, Cgroup> cgroups = new TreeMap<>();
    /** Ids of cgroups that cannot be looked up. */
    final Set<Long> unseen = new HashSet<>();
    /** The flags of a foreign program by cgroup id, at every hook. */
    final Map<Long, Integer> foreign = new HashMap<>();

    /** Attach types that this kernel does not support. */
    final Set<Integer> unknown = new HashSet<>();

    /** The BTF of the kernel itself. */
    Optional<byte[]> types = Optional.empty();

    private final List<FakeObject> things = new ArrayList<>();
    private final List<FakeObject> links = new ArrayList<>();
    private final Map<Integer, FakeObject> open = new LinkedHashMap<>();
    private int nextFd = 3;
    private int steps;
    private int refuseAt = -1;
    private int killAt = -1;
    private boolean dead;
    private Runnable watcher = () -> {};

    public Cgroup addCgroup(String name) {
        Cgroup cgroup = new Cgroup(Path.of("/cg/" + name), 100 + cgroups.size());
        cgroups.put(cgroup.id(), cgroup);
        return cgroup;
    }

    /** Runs the watcher after every later step. */
    void watch(Runnable check) {
        watcher = check;
    }

    public void refuseAt(int step) {
        restart();
        refuseAt = step;
    }

    public void killAt(int step) {
        restart();
        killAt = step;
    }

    /** Simulates a new process: without descriptors, locks and faults. */
    public void restart() {
        steps = 0;
        refuseAt = -1;
        killAt = -1;
        dead = false;
        open.clear();
        locked.clear();
        log.clear();
    }

    public int steps() {
        return steps;
    }

    public int openDescriptors() {
        return open.size();
    }

    private void step(String what) {
        boolean refusable = steps == refuseAt;
        silentStep(what);
        if (refusable) {
            throw new KernelRefusedException(what, ErrorNumber.of(Errno.ENOMEM));
        }
    }

    /** A step before which the process may die, but which cannot fail: a store to shared memory. */
    private void silentStep(String what) {
        if (dead || steps == killAt) {
            if (!dead) {
                dead = true;
                open.clear();
                locked.clear();
                watcher.run();
            }
            throw new Killed();
        }
        steps++;
        log.add(what);
    }

    private <T> T done(T result) {
        watcher.run();
        return result;
    }

    private FakeObject add(String kind) {
        FakeObject thing = new FakeObject(kind, things.size() + 1);
        things.add(thing);
        return thing;
    }

    private Fd fd(FakeObject thing) {
        int number = nextFd++;
        open.put(number, thing);
        return Fd.of(number, () -> {
            if (!dead) {
                open.remove(number);
                watcher.run();
            }
        });
    }

    private FakeObject at(Fd fd) {
        return Optional.ofNullable(open.get(fd.number()))
                .orElseThrow(() -> new IllegalStateException("a descriptor of a dead process"));
    }

    private boolean alive(FakeObject thing) {
        return open.containsValue(thing) || pinned.containsValue(thing);
    }

    /** Returns the generations that decide at this hook of this cgroup, as programs there would. */
    List<Integer> deciding(Hook hook, Cgroup cgroup) {
        List<Integer> found = new ArrayList<>();
        for (FakeObject link : attached(cgroup.id(), hook.attachType())) {
            FakeObject program = link.refers.get(0);
            int lo = program.refers.get(0).valueAt(0) & 0x7fff_ffff;
            int hi = program.refers.get(0).valueAt(4);
            int generation = program.refers.get(1).valueAt(0);
            if (lo <= generation && generation <= hi) {
                found.add(generation);
            }
        }
        return found;
    }

    private List<FakeObject> attached(long cgroup, int attachType) {
        return links.stream()
                .filter(link -> alive(link) && link.cgroup == cgroup && link.attachType == attachType)
                .toList();
    }

    /** Returns the ids of the attached programs, in order. */
    List<Integer> effective(Hook hook, Cgroup cgroup) {
        return attached(cgroup.id(), hook.attachType()).stream()
                .map(link -> link.refers.get(0).id)
                .toList();
    }

    /** Returns the id of the pinned object. */
    public int pinnedId(String path) {
        return Optional.ofNullable(pinned.get(Path.of(path))).orElseThrow().id;
    }

    public List<String> pins() {
        return pinned.keySet().stream().map(Path::toString).toList();
    }

    @Override
    public Optional<byte[]> kernelTypes() {
        return types;
    }

    @Override
    public Fd btfLoad(byte[] btf) {
        step("btf");
        FakeObject types = add("btf");
        types.value = btf.clone();
        return done(fd(types));
    }

    @Override
    public Fd mapCreate(MapSpec spec) {
        step("map " + spec.name());
        FakeObject map = add("map");
        map.map = spec;
        map.value = new byte[spec.valueSize()];
        map.btf = spec.types().map(types -> at(types.btf()).id).orElse(0);
        return done(fd(map));
    }

    @Override
    public Optional<byte[]> mapLookup(Fd map, byte[] key, int valueSize) {
        step("lookup");
        FakeObject thing = at(map);
        boolean one = thing.map.type() == MapSpec.ARRAY && thing.map.maxEntries() == 1;
        return done(Optional.ofNullable(one ? thing.value : thing.entries.get(ByteBuffer.wrap(key)))
                .map(byte[]::clone));
    }

    @Override
    public Optional<byte[]> mapNextKey(Fd map, Optional<byte[]> key, int keySize) {
        step("next key");
        List<ByteBuffer> keys = List.copyOf(at(map).entries.keySet());
        int next = key.map(ByteBuffer::wrap).map(keys::indexOf).orElse(-1) + 1;
        return done(next < keys.size() ? Optional.of(keys.get(next).array().clone()) : Optional.empty());
    }

    @Override
    public boolean mapDelete(Fd map, byte[] key) {
        step("delete");
        return done(at(map).entries.remove(ByteBuffer.wrap(key)) != null);
    }

    @Override
    public Fd mapById(int id) {
        step("map by id");
        return done(fd(things.get(id - 1)));
    }

    @Override
    public Fd openBtf(int id) {
        step("btf by id");
        return done(fd(things.get(id - 1)));
    }

    @Override
    public byte[] btfBytes(Fd btf) {
        step("btf info");
        return done(at(btf).value.clone());
    }

    @Override
    public int possibleCpus() {
        return 2;
    }

    /** Behaves like a kernel without batch operations for any map type. */
    @Override
    public boolean mapUpdateBatch(Fd map, byte[] keys, byte[] values, int count) {
        return false;
    }

    @Override
    public boolean mapReadBatch(Fd map, int keySize, int valueSize, EntryReader reader) {
        return false;
    }

    @Override
    public void mapUpdate(Fd map, byte[] key, byte[] value) {
        step("update");
        FakeObject thing = at(map);
        if (thing.map.type() == MapSpec.ARRAY_OF_MAPS) {
            FakeObject inner = referred(
                    ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt());
            thing.entries.put(
                    ByteBuffer.wrap(key),
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.nativeOrder())
                            .putInt(inner.id)
                            .array());
        } else if (thing.map.type() == MapSpec.ARRAY && thing.map.maxEntries() == 1) {
            thing.value = value.clone();
        } else {
            if (!thing.entries.containsKey(ByteBuffer.wrap(key)) && thing.entries.size() == thing.map.maxEntries()) {
                throw new KernelRefusedException("change a map", ErrorNumber.of(Errno.E2BIG));
            }
            thing.entries.put(ByteBuffer.wrap(key), value.clone());
        }
        watcher.run();
    }

    @Override
    public void mapFreeze(Fd map) {
        step("freeze");
        watcher.run();
    }

    @Override
    public SharedArray mapShared(Fd map, int size) {
        step("mmap");
        FakeObject shared = at(map);
        return done(new SharedArray() {
            @Override
            public int load(int offset) {
                return shared.valueAt(offset);
            }

            @Override
            public void store(int offset, int value) {
                silentStep(List.of("lo", "hi", "mode").get(offset / 4) + " = " + value);
                ByteBuffer.wrap(shared.value).order(ByteOrder.nativeOrder()).putInt(offset, value);
                watcher.run();
            }

            @Override
            public long loadLong(int offset) {
                return ByteBuffer.wrap(shared.value)
                        .order(ByteOrder.nativeOrder())
                        .getLong(offset);
            }

            @Override
            public void storeLong(int offset, long value) {
                silentStep("at " + offset + " = " + value);
                ByteBuffer.wrap(shared.value).order(ByteOrder.nativeOrder()).putLong(offset, value);
                watcher.run();
            }

            @Override
            public void close() {
                watcher.run();
            }
        });
    }

    /** Refuses programs of type SYSCALL, as a kernel before 5.14 does. */
    @Override
    public Fd progLoad(ProgSpec spec) {
        if (spec.type() == ProgSpec.TYPE_SYSCALL) {
            throw new KernelRefusedException("load " + spec.name(), ErrorNumber.of(Errno.EINVAL));
        }
        step("load " + spec.name());
        FakeObject program = add("program");
        program.attachType = spec.attachType();
        ByteBuffer code = spec.insns().buffer(ByteOrder.nativeOrder());
        while (code.hasRemaining()) {
            long slot = code.getLong();
            long pseudo = slot >>> 12 & 0xf;
            if ((slot & 0xff) == 0x18 && (pseudo == 1 || pseudo == 2)) {
                program.refers.add(referred((int) (slot >>> 32)));
            }
        }
        return done(fd(program));
    }

    @Override
    public void progBindMap(Fd prog, Fd map) {
        step("bind");
        if (!at(prog).refers.contains(at(map))) {
            at(prog).refers.add(at(map));
        }
    }

    private FakeObject referred(int descriptor) {
        FakeObject map = open.get(descriptor);
        if (map == null) {
            throw new KernelRefusedException("load a program", ErrorNumber.of(Errno.EBADF));
        }
        return map;
    }

    @Override
    public Fd linkCreate(Fd prog, Fd cgroup, int attachType, Optional<Anchor> anchor, long revision) {
        step("attach " + attachType);
        FakeObject link = add("link");
        int place = anchor.map(next -> links.indexOf(at(next.link())) + (next.after() ? 1 : 0))
                .orElse(links.size());
        links.add(place, link);
        link.refers.add(at(prog));
        link.cgroup = at(cgroup).cgroup;
        link.attachType = attachType;
        return done(fd(link));
    }

    @Override
    public void linkDetach(Fd link) {
        step("detach");
        at(link).cgroup = 0;
        watcher.run();
    }

    @Override
    public void linkUpdate(Fd link, Fd prog) {
        step("update");
        at(link).refers = new ArrayList<>(List.of(at(prog)));
        watcher.run();
    }

    @Override
    public void objPin(Fd object, Path path) {
        step("pin " + path.getFileName());
        if (!folders.contains(path.getParent()) || pinned.containsKey(path)) {
            throw new KernelRefusedException("pin", ErrorNumber.of(Errno.EEXIST));
        }
        pinned.put(path, at(object));
        watcher.run();
    }

    @Override
    public Fd objGet(Path path) {
        step("open " + path.getFileName());
        FakeObject thing = pinned.get(path);
        if (thing == null) {
            throw new KernelRefusedException("open", ErrorNumber.of(Errno.ENOENT));
        }
        return done(fd(thing));
    }

    @Override
    public Attached progQuery(Fd cgroup, int attachType) {
        step("query");
        if (unknown.contains(attachType)) {
            throw new KernelRefusedException("query the programs of a cgroup", ErrorNumber.of(Errno.EINVAL));
        }
        long id = at(cgroup).cgroup;
        return new Attached(foreign.getOrDefault(id, 2), ids(id, attachType), 1);
    }

    @Override
    public Attached progQueryEffective(Fd cgroup, int attachType) {
        step("query effective");
        return done(new Attached(0, ids(at(cgroup).cgroup, attachType), 0));
    }

    private List<Integer> ids(long cgroup, int attachType) {
        List<Integer> ids = new ArrayList<>();
        attached(cgroup, attachType).forEach(link -> ids.add(link.refers.get(0).id));
        foreign.keySet().stream().filter(id -> id == cgroup).forEach(id -> ids.add(9999));
        return ids;
    }

    @Override
    public Fd progById(int id) {
        step("program by id");
        return done(fd(add("program")));
    }

    @Override
    public ProgInfo progInfo(Fd prog) {
        step("program info");
        FakeObject program = at(prog);
        List<Integer> maps = program.refers.stream().map(map -> map.id).toList();
        return done(new ProgInfo(18, program.id, "", "theirs", maps, OptionalInt.empty(), 0, 0));
    }

    /** Returns one `exit` instruction, which calls nothing. */
    @Override
    public byte[] progCode(Fd prog) {
        step("program code");
        return done(new byte[] {(byte) 0x95, 0, 0, 0, 0, 0, 0, 0});
    }

    @Override
    public LinkInfo linkInfo(Fd link) {
        step("link info");
        FakeObject thing = at(link);
        return done(new LinkInfo(thing.id, thing.refers.get(0).id, thing.cgroup, thing.attachType));
    }

    @Override
    public MapInfo mapInfo(Fd map) {
        step("map info");
        return done(at(map).mapInfo());
    }

    @Override
    public void barrier() {
        step("barrier");
        watcher.run();
    }

    @Override
    public Path root() {
        return Path.of("/bpf/v1");
    }

    @Override
    public void createFolder(Path folder) {
        step("mkdir " + folder.getFileName());
        folders.add(folder);
        watcher.run();
    }

    @Override
    public void checkWritable(Path folder) {
        step("may write " + folder.getFileName());
    }

    @Override
    public List<String> list(Path folder) {
        step("list " + folder.getFileName());
        Set<String> names = new TreeSet<>();
        pinned.keySet().stream()
                .filter(pin -> folder.equals(pin.getParent()))
                .forEach(pin -> names.add(pin.getFileName().toString()));
        folders.stream()
                .filter(inner -> folder.equals(inner.getParent()))
                .forEach(inner -> names.add(inner.getFileName().toString()));
        return done(List.copyOf(names));
    }

    @Override
    public void unlink(Path pin) {
        step("unlink " + pin.getFileName());
        pinned.remove(pin);
        watcher.run();
    }

    @Override
    public void rename(Path from, Path to) {
        step("rename " + from.getFileName());
        if (folders.contains(from)) {
            FakeObject.renameFolder(folders, from, to);
            watcher.run();
            return;
        }
        FakeObject thing = pinned.remove(from);
        if (thing == null) {
            throw new HostException("nothing to rename: " + from, "");
        }
        pinned.put(to, thing);
        watcher.run();
    }

    @Override
    public void removeFolder(Path folder) {
        step("rmdir " + folder.getFileName());
        boolean empty = pinned.keySet().stream().noneMatch(pin -> folder.equals(pin.getParent()))
                && folders.stream().noneMatch(inner -> folder.equals(inner.getParent()));
        if (!empty) {
            throw new HostException("not empty: " + folder, "");
        }
        folders.remove(folder);
        watcher.run();
    }

    @Override
    public Optional<Lock> tryLock(Path folder) {
        step("lock");
        if (!folders.contains(folder) || !locked.add(folder)) {
            return Optional.empty();
        }
        return done(Optional.of(() -> locked.remove(folder)));
    }

    @Override
    public Optional<Lock> tryShare(Path folder) {
        return locked.contains(folder) ? Optional.empty() : done(Optional.of(() -> {}));
    }

    @Override
    public Fd open(Cgroup cgroup) {
        step("open cgroup");
        FakeObject thing = add("cgroup");
        thing.cgroup = cgroup.id();
        return done(fd(thing));
    }

    @Override
    public List<Cgroup> upwards(Cgroup cgroup) {
        return List.of(cgroup);
    }

    @Override
    public Lookup<Cgroup> byId(long id) {
        if (unseen.contains(id)) {
            return new Lookup.Unknown<>("a reason");
        }
        Cgroup cgroup = cgroups.get(id);
        return cgroup == null ? new Lookup.Gone<>() : new Lookup.Present<>(cgroup);
    }

    /** Removes a cgroup and detaches its links, as the kernel does. */
    void removeCgroup(Cgroup cgroup) {
        cgroups.remove(cgroup.id());
        things.stream().filter(thing -> thing.cgroup == cgroup.id()).forEach(thing -> thing.cgroup = 0);
    }
}
