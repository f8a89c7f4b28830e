// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.object;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.object.ElfObject;
import org.ringwall.bpf.object.ObjectFormatException;
import org.ringwall.bpf.object.Unsupported;
import org.ringwall.loader.model.InputException;
import org.ringwall.sys.IoReason;

/**
 * A reader of the object file that a user names as a policy: one that ringwallc made, or a plain
 * object of another compiler.
 */
public final class ObjectFile {
    /** The maximum size of an object in bytes, far above that of a million prefixes. */
    public static final int LARGEST = 256 << 20;

    private ObjectFile() {}

    /**
     * Reads an object.
     *
     * @throws InputException if the file cannot be read, or is not an object that this loader can
     *     apply
     */
    public static PolicyObject read(String name) {
        compileCommand(name).ifPresent(help -> {
            throw new InputException("`" + name + "` is policy text, but ringwall needs a compiled object", help);
        });
        if (PolicyFile.isBundle(name)) {
            throw new InputException(
                    "`" + name + "` is a bundle, but an object is needed here",
                    "apply it: ringwall apply " + name + "; to unpack its objects: tar -xf " + name);
        }
        byte[] bytes = bytes(Path.of(name));
        try {
            ElfObject object = ElfObject.open(bytes);
            PolicyObject policy = PolicyObject.conforms(object) ? PolicyObject.of(object.read()) : plain(object, name);
            return policy.fromFile(bytes);
        } catch (ObjectFormatException e) {
            throw new InputException(
                    "`" + name + "` is not a readable BPF object: " + e.getMessage(),
                    "compile one with: ringwallc compile POLICY.wall -o POLICY.o");
        }
    }

    private static PolicyObject plain(ElfObject object, String file) throws ObjectFormatException {
        Optional<Unsupported> unsupported = object.unsupported(
                section -> Hook.ofSection(section).isPresent(),
                struct -> ContextStruct.ofKernelName(struct).isPresent());
        if (unsupported.isPresent()) {
            throw new InputException(
                    "ringwall cannot apply `" + file + "`: " + unsupported.get().what(),
                    unsupported.get().help());
        }
        return PolicyObject.plain(object.read(), nameOf(file));
    }

    /**
     * Returns the name of the instances of a plain object: that of its file without what compilers
     * add, with `_` for characters that names do not have.
     */
    public static String nameOf(String file) {
        String base = String.valueOf(Path.of(file).getFileName()).replaceAll("(\\.bpf)?\\.o$", "");
        String name = base.replaceAll("_bpfe[lb]$", "").replaceAll("[^A-Za-z0-9_-]", "_");
        return name.isEmpty() ? base : name;
    }

    /**
     * Returns the command that compiles a file; empty if its name is not that of a policy's text.
     */
    public static Optional<String> compileCommand(String name) {
        return name.endsWith(".wall")
                ? Optional.of("ringwallc compile " + name + " -o " + name.substring(0, name.length() - ".wall".length())
                        + ".o")
                : Optional.empty();
    }

    private static byte[] bytes(Path path) {
        try {
            PolicyFile.refuseSpecial(path);
            if (Files.size(path) > LARGEST) {
                throw new InputException(
                        "`" + path + "` is too large to be a policy", "name an object made by ringwallc or clang");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new InputException("there is no file `" + path + "`", "name an object that ringwallc compile wrote");
        } catch (AccessDeniedException e) {
            throw new InputException(
                    "you have no permission to read `" + path + "`", "change its permissions, or run as its owner");
        } catch (IOException e) {
            throw new InputException("cannot read `" + path + "`: " + IoReason.of(e), "check its permissions");
        }
    }
}
