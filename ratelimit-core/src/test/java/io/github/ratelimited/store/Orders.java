package io.github.ratelimited.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** What several actors do, in all orders in which they can: each makes his own steps one after another. */
final class Orders {

    private Orders() {}

    /** A fresh start, the same each time. */
    interface World {

        /** The steps of each actor. Whatever is not possible yet does nothing, and is done in the end. */
        List<List<Step>> actors();

        /** Ends what is still under way, and says what must hold then. */
        void settle();
    }

    record Step(String name, Runnable deed) {}

    static Step step(String name, Runnable deed) {
        return new Step(name, deed);
    }

    /** Plays all orders, each in a world of its own; returns how many. */
    static int playAll(Supplier<World> worlds) {
        int[] left = worlds.get().actors().stream().mapToInt(List::size).toArray();
        return play(worlds, left, new ArrayList<>());
    }

    private static int play(Supplier<World> worlds, int[] left, List<Integer> order) {
        if (Arrays.stream(left).sum() == 0) {
            play(worlds.get(), order);
            return 1;
        }
        int played = 0;
        for (int actor = 0; actor < left.length; actor++) {
            if (left[actor] > 0) {
                left[actor]--;
                order.add(actor);
                played += play(worlds, left, order);
                order.remove(order.size() - 1);
                left[actor]++;
            }
        }
        return played;
    }

    private static void play(World world, List<Integer> order) {
        List<List<Step>> actors = world.actors();
        int[] made = new int[actors.size()];
        List<String> story = new ArrayList<>();
        try {
            for (int actor : order) {
                Step step = actors.get(actor).get(made[actor]++);
                story.add(step.name);
                step.deed.run();
            }
            story.add("the end");
            world.settle();
        } catch (Throwable failure) {
            throw new AssertionError("In this order: " + String.join(", ", story), failure);
        }
    }
}
