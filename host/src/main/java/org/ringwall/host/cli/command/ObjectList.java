// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.Admission;
import org.ringwall.loader.object.ObjectChoice;
import org.ringwall.loader.object.PolicyFile;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.sys.IoReason;

/**
 * The policies that the words of a command name: objects, bundles, and directories whose files
 * `*.o` are objects, in the order of their names. They are read and checked before the host is
 * opened.
 *
 * @param choices by their labels
 * @param files the names of the files that were read
 * @param several whether the words may name more than one policy, even if they name one now
 */
public record ObjectList(Map<String, ObjectChoice> choices, List<String> files, boolean several) {
    private static final String HELP = "name an object that ringwallc compile wrote, a directory of them, or a bundle";

    public ObjectList {
        choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
        files = List.copyOf(files);
    }

    /**
     * Reads all objects.
     *
     * @throws InputException if one of them cannot be read
     * @throws HostException if one of them is not admitted
     */
    public static ObjectList read(List<String> words, Admission admission) {
        List<String> files = new ArrayList<>();
        boolean several = words.size() > 1;
        for (String word : words) {
            Path path = PathText.parse(word, HELP);
            if (Files.isDirectory(path)) {
                several = true;
                files.addAll(objects(path));
            } else {
                files.add(word);
            }
        }
        Map<String, ObjectChoice> choices = new LinkedHashMap<>();
        for (String file : files) {
            for (ObjectChoice choice : read(file, several, admission)) {
                if (choices.put(choice.label(), choice) != null) {
                    throw new InputException("`" + file + "` is given twice", "name each object once");
                }
            }
        }
        return new ObjectList(choices, files, several || choices.size() > 1);
    }

    private static List<ObjectChoice> read(String file, boolean several, Admission admission) {
        try {
            return PolicyFile.read(file, admission);
        } catch (InputException e) {
            String message = String.valueOf(e.getMessage());
            throw several && !message.contains("`" + file + "`")
                    ? new InputException("`" + file + "`: " + message, e.help())
                    : e;
        }
    }

    private static List<String> objects(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> files = entries.map(Path::toString)
                    .filter(name -> name.endsWith(".o"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new InputException("there is no object `*.o` in the directory `" + folder + "`", HELP);
            }
            return files;
        } catch (IOException e) {
            throw new InputException(
                    "cannot list the directory `" + folder + "`: " + IoReason.of(e), "check its permissions");
        }
    }

    /**
     * Returns the object of each policy for the kernel of a host, by its label.
     *
     * @throws HostException if a policy has none for it
     */
    public Map<String, PolicyObject> on(LoaderHost host) {
        Iterator<PolicyObject> chosen =
                host.choose(List.copyOf(choices.values())).iterator();
        Map<String, PolicyObject> objects = new LinkedHashMap<>();
        choices.keySet().forEach(label -> objects.put(label, chosen.next()));
        return objects;
    }

    /**
     * Returns those of these values whose params an object declares.
     *
     * @throws InputException if no object declares one of them
     */
    public Map<String, String> params(PolicyObject object, Map<String, String> values) {
        if (!several) {
            return values;
        }
        Map<String, String> own = new LinkedHashMap<>(values);
        own.keySet().removeIf(name -> !declares(object, name));
        values.keySet().forEach(name -> {
            if (choices.values().stream().noneMatch(each -> declares(each.any(), name))) {
                throw new InputException(
                        "none of the objects declares a param `" + name + "`", "check its name, or remove it");
            }
        });
        return own;
    }

    private static boolean declares(PolicyObject object, String name) {
        return object.paramNames().contains(name);
    }
}
