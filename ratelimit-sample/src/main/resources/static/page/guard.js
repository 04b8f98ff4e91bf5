// First and alone, so that it can tell when the rest does not run.
(function () {
    'use strict';

    function tell(text) {
        const show = () => {
            const problem = document.getElementById('problem');
            problem.textContent = text;
            problem.hidden = false;
        };
        if (document.readyState === 'loading') {
            document.addEventListener('DOMContentLoaded', show);
        } else {
            show();
        }
    }

    window.addEventListener('error', event => {
        const file = event.target && (event.target.src || event.target.href);
        tell(file
            ? 'A part of this page could not be loaded: ' + file + '. Reload it; if that does not help, see whether the sample still runs.'
            : 'This page\'s script has failed: ' + event.message + '. Reload the page.');
    }, true);
    window.addEventListener('unhandledrejection', event => {
        tell('This page\'s script has failed: ' + event.reason + '. Reload the page.');
    });
})();
