// A list of suggestions below a field: fixed ones, or names from the account. Any other text stays possible.
(function () {
    'use strict';

    const glue = window.GlueConnector = window.GlueConnector || {};
    let serial = 0;

    /**
     * `load()` promises {entries: [{label, value}], truncated}. `choose(value)` is called with the choice.
     * The list closes on a choice, on Escape, and when the focus goes elsewhere.
     */
    glue.openPicker = function ({ anchor, load, choose, current, title }) {
        if (anchor.data('glue-picker')) {
            anchor.data('glue-picker')(true);
            return;
        }
        const id = `glue-picker-${++serial}`;
        const box = $('<div class="glue-picker">').insertAfter(anchor);
        const search = $('<input type="text" role="combobox" autocomplete="off" aria-expanded="true" aria-autocomplete="list">')
            .attr({ 'aria-controls': id, 'aria-label': title, placeholder: glue.t('picker.filter') }).appendTo(box);
        const list = $('<ul role="listbox">').attr({ id, 'aria-label': title }).appendTo(box);
        const note = $('<div class="glue-picker-note" role="status">').appendTo(box).text(glue.t('picker.loading'));
        const busy = $('<i class="fa fa-circle-o-notch fa-spin" aria-hidden="true">').prependTo(note);
        let entries = [];
        let active = -1;

        function close(focus) {
            $(document).off(`.${id}`);
            anchor.removeData('glue-picker');
            box.remove();
            if (focus) {
                anchor.find('button:visible, input:visible').last().trigger('focus');
            }
        }

        function draw() {
            const text = search.val().toLowerCase();
            list.empty();
            active = -1;
            entries.filter(({ label, value }) => `${label} ${value}`.toLowerCase().includes(text)).forEach(({ label, value }, place) => {
                const item = $('<li role="option">').attr({ id: `${id}-${place}`, 'data-value': value, 'aria-selected': value === current })
                    .toggleClass('glue-current', value === current).appendTo(list);
                $('<span>').text(label).appendTo(item);
                item.on('mousedown', event => {
                    event.preventDefault();
                    take(value);
                });
            });
            list.toggle(list.children().length > 0);
        }

        function take(value) {
            close(true);
            choose(value);
        }

        function move(step) {
            const items = list.children();
            if (!items.length) {
                return;
            }
            active = (active + step + items.length) % items.length;
            items.removeClass('glue-active').eq(active).addClass('glue-active')[0].scrollIntoView({ block: 'nearest' });
            search.attr('aria-activedescendant', `${id}-${active}`);
        }

        search.on('input', draw).on('keydown', event => {
            const act = {
                ArrowDown: () => move(1),
                ArrowUp: () => move(active < 0 ? 0 : -1),
                Enter: () => active >= 0 && take(list.children().eq(active).attr('data-value')),
                Escape: () => close(true),
                Tab: () => close(false)
            }[event.key];
            if (act) {
                act();
                event.stopPropagation();
                if (event.key !== 'Tab') {
                    event.preventDefault();
                }
            }
        });
        $(document).on(`mousedown.${id}`, event => {
            if (!box[0].contains(event.target) && !anchor[0].contains(event.target)) {
                close(false);
            }
        });
        anchor.data('glue-picker', close);
        search.trigger('focus');
        list.hide();

        load().then(found => {
            entries = found.entries;
            busy.remove();
            note.text(found.truncated ? glue.t('picker.truncated', { n: entries.length }) : entries.length ? '' : glue.t('picker.none'));
            draw();
            box[0].scrollIntoView({ block: 'nearest' });
        }, error => {
            note.addClass('glue-failed').text(error.message);
        });
    };
})();
