package io.github.ratelimited.autoconfigure.web;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;

/** Runs something when a request has been answered: now, or when its asynchronous part is complete. */
record OnceAnswered(Runnable task) implements AsyncListener {

    static void run(HttpServletRequest request, Runnable task) {
        if (request.isAsyncStarted()) {
            request.getAsyncContext().addListener(new OnceAnswered(task));
        } else {
            task.run();
        }
    }

    @Override
    public void onComplete(AsyncEvent event) {
        task.run();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}
